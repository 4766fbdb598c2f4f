/** Asks one instance of a subgraph at intervals whether it may get requests. Decides nothing; see `balanced-service.ts`. */
import { setTimeout as delay } from 'node:timers/promises';
import { Pool, type Dispatcher } from 'undici';

/** Pause between two probes, in milliseconds; shorter than the time for which a subgraph says that it drains. */
const PROBE_EVERY_MS = 1_000;

/** Deadline for a response, in milliseconds. */
const TIMEOUT_MS = 1_000;

/** Probes without a response in a row that count as a failure: a busy machine may miss one. */
const MISSED = 3;

/** The page that every process of this system serves. A subgraph of another kind has none, and counts as ready if it responds. */
const PAGE = '/health/ready';

export interface InstanceProbeOptions {
  url: string;
  tls?: { ca?: string; cert?: string; key?: string };
  /** Called after each probe. */
  onResult: (isReady: boolean) => void;
}

export class InstanceProbe implements AsyncDisposable {
  private readonly closing = new AbortController();
  private readonly pool: Pool;
  private readonly probing: Promise<void>;

  constructor(private readonly options: InstanceProbeOptions) {
    const connect = { timeout: TIMEOUT_MS, ...options.tls };
    this.pool = new Pool(new URL(options.url).origin, { connections: 1, connect });
    this.probing = this.probe();
  }

  private async probe(): Promise<void> {
    const { signal } = this.closing;
    let missed = 0;
    while (!signal.aborted) {
      const isReady = await this.ask();
      if (signal.aborted) return;
      missed = isReady === undefined ? missed + 1 : 0;
      if (isReady !== undefined || missed >= MISSED) this.options.onResult(isReady ?? false);
      await delay(PROBE_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @returns undefined if there was no response in time */
  private async ask(): Promise<boolean | undefined> {
    const late = AbortSignal.timeout(TIMEOUT_MS);
    const signal = AbortSignal.any([this.closing.signal, late]);
    const request: Dispatcher.RequestOptions = { path: PAGE, method: 'GET', signal };
    try {
      const { statusCode, body } = await this.pool.request(request);
      await body.dump();
      return statusCode < 500;
    } catch {
      return late.aborted ? undefined : false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort();
    await this.probing;
    await this.pool.destroy();
  }
}
