/** Asks Prometheus a query for the present. */

interface Answer {
  status: 'success' | 'error';
  error?: string;
  data?: { result: { value: [number, string] }[] };
}

/** The number of series with a value; NaN, which a graph does not show, is none. @throws if Prometheus refuses the query */
export async function seriesOf(prometheus: string, query: string): Promise<number> {
  const response = await fetch(`${prometheus}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const { status, error, data } = (await response.json()) as Answer;
  if (status === 'error') throw new Error(`Prometheus refuses ${query}: ${error}`);
  return data!.result.filter(({ value: [, value] }) => value !== 'NaN').length;
}
