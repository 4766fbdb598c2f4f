/**
 * The instances behind one REST route. They take turns. A request that no byte of was sent moves on to another instance, as does one without
 * a body that changes nothing. Buffers no body.
 */
import type { IncomingMessage } from 'node:http';
import { Pool, type Dispatcher } from 'undici';
import type { Logger } from '@chat/kit/logging';
import { isUnsentError } from '../../execution/unsent';

/** An instance that has failed is tried last for this time, in milliseconds. */
const AWAY_MS = 2_000;

interface Instance {
  origin: string;
  pool: Pool;
  /** By the monotonic clock, in milliseconds; undefined if it has answered since. */
  failedAt?: number;
}

export class RestInstances implements AsyncDisposable {
  private readonly instances: readonly Instance[];
  private turn = 0;

  constructor(
    origins: readonly string[],
    private readonly log: Logger,
  ) {
    this.instances = origins.map((url) => {
      const { origin } = new URL(url);
      return { origin, pool: new Pool(origin) };
    });
  }

  /** @throws the last instance's error if none answers */
  async request(options: Dispatcher.RequestOptions, source?: IncomingMessage): Promise<Dispatcher.ResponseData> {
    let failure: unknown;
    for (const instance of this.inOrder()) {
      const body = source && new LazyBody(source);
      try {
        const answer = await instance.pool.request({ ...options, body: body as never });
        this.mark(instance, undefined);
        return answer;
      } catch (error) {
        failure = error;
        this.mark(instance, error);
        const mayMoveOn = isUnsentError(error) ? !body?.isRead : !body && isSafe(options.method);
        if (!mayMoveOn) break;
      }
    }
    throw failure;
  }

  /** In turn; those that have failed lately come last. */
  private inOrder(): Instance[] {
    const begin = this.turn++ % this.instances.length;
    const turned = [...this.instances.slice(begin), ...this.instances.slice(0, begin)];
    const since = performance.now() - AWAY_MS;
    const isAway = ({ failedAt }: Instance) => Number(failedAt !== undefined && failedAt > since);
    return turned.sort((left, right) => isAway(left) - isAway(right));
  }

  private mark(instance: Instance, error: unknown): void {
    const wasAway = instance.failedAt !== undefined;
    instance.failedAt = error === undefined ? undefined : performance.now();
    if (this.instances.length === 1 || wasAway === (error !== undefined)) return;
    if (error === undefined) this.log.info({ url: instance.origin }, 'an instance of a REST route is back');
    else this.log.warn({ url: instance.origin, err: error }, 'an instance of a REST route has failed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.instances.map(({ pool }) => pool.close()));
  }
}

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

/** A request's body, which undici reads only once it has a connection. It would destroy a stream if it gets none. */
class LazyBody implements AsyncIterable<Buffer> {
  isRead = false;

  constructor(private readonly source: IncomingMessage) {}

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    this.isRead = true;
    return this.source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  }
}
