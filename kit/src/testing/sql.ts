/** Statements of tests, if no operation of the system does the same. */
import { openClient } from '../database/open-client';

/** Runs one statement on a connection of its own. */
export async function sql<Row extends object>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  await using client = await openClient(url);
  return (await client.query<Row>(text, [...values])).rows;
}
