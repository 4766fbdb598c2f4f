/**
 * The pages that operators and load balancers ask, the same for every process: `/health/live`, `/health/ready`, `/health/detailed` and
 * `/metrics`. docs/health.md says what they mean. Writes no response itself, as servers have their own headers.
 */
import type { Registry } from 'prom-client';
import { METRICS_TYPE, metricsText } from './registries';

/** Whether a process may get traffic: `unavailable` before it has started, and while nothing that it needs can be reached. */
export type Readiness = 'ok' | 'unavailable' | 'draining';

export interface Probes {
  readiness(): Promise<Readiness>;
  /** Each part that the process depends on. `isOk` is false if one does not answer. */
  details(): Promise<{ isOk: boolean; body: object }>;
  readonly registries: readonly Registry[];
}

export interface Page {
  status: number;
  type: string;
  text: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** The page at `path`; undefined if it is another's. */
export async function probePage(path: string, probes: Probes): Promise<Page | undefined> {
  switch (path) {
    case '/health/live':
      return jsonPage(200, { status: 'ok' });
    case '/health/ready': {
      const status = await probes.readiness();
      return jsonPage(status === 'ok' ? 200 : 503, { status });
    }
    case '/health/detailed': {
      const [readiness, { isOk, body }] = await Promise.all([probes.readiness(), probes.details()]);
      const isWell = isOk && readiness === 'ok';
      return jsonPage(isWell ? 200 : 503, { status: isWell ? 'ok' : 'degraded', ready: readiness, ...body });
    }
    case '/metrics':
      return { status: 200, type: METRICS_TYPE, text: await metricsText(probes.registries) };
    default:
      return undefined;
  }
}

export function jsonPage(status: number, body: object): Page {
  return { status, type: JSON_TYPE, text: JSON.stringify(body) };
}
