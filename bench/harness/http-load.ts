/**
 * HTTP load on keep-alive connections. Each connection repeats its own requests: no two equal requests are ever in flight
 * together, so deduplication gains nothing.
 */
import autocannon from 'autocannon';
import type { BenchProcess } from './bench-process';
import type { Figures } from './report';

export const HTTP_MEASURES = {
  cpuMs: 'processor ms per request',
  requestsPerSecond: 'requests/s',
  p50Ms: 'p50 ms',
  p99Ms: 'p99 ms',
  residentMb: 'memory MB',
} as const;

export type HttpFigures = Figures<keyof typeof HTTP_MEASURES>;

export interface HttpLoad {
  /** GraphQL requests as JSON text, for each connection. */
  bodies: readonly (readonly string[])[];
  headers?: Record<string, string>;
}

export interface HttpCandidate {
  /** The process whose processor time and memory are measured. */
  process: BenchProcess;
  url: string;
}

/** The duration: a number of seconds, or a number of requests. */
export type Extent = { duration: number } | { amount: number };

/** @throws if any request fails */
export async function measureHttp(
  { process, url }: HttpCandidate,
  { bodies, headers }: HttpLoad,
  extent: Extent,
): Promise<HttpFigures> {
  let connection = 0;
  const before = process.cpuSeconds();
  const { latency, duration, errors, non2xx, ...result } = await autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    connections: bodies.length,
    setupClient: (client) => client.setRequests(bodies[connection++ % bodies.length]!.map((body) => ({ body }))),
    ...extent,
  });
  const cpuSeconds = process.cpuSeconds() - before;
  const answered = result['2xx'];
  if (answered === 0 || non2xx > 0 || errors > 0) {
    throw new Error(`${url}: ${answered} answers, ${non2xx} refusals, ${errors} errors\n${process.output}`);
  }
  return {
    cpuMs: (cpuSeconds * 1000) / answered,
    requestsPerSecond: answered / duration,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    residentMb: process.residentKb() / 1024,
  };
}
