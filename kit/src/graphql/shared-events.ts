/**
 * Events of several subscriptions of one gateway in one message, because writing, reading and parsing a message costs both sides more than
 * the rest of an event that is the same for all. An extension of graphql-transport-ws: a `next` with a list of `ids` in place of `id`. A
 * gateway that understands it says so when it opens the WebSocket.
 */
import type { ExecutionResult } from 'graphql';
import { isShared } from './shared-results';

/** The header of the upgrade by which a gateway says that it takes events of several subscriptions in one message. */
export const TAKES_SHARED_EVENTS_HEADER = 'x-takes-shared-events';

export const writeSharedEvent = (ids: readonly string[], result: ExecutionResult): string =>
  `{"type":"next","ids":${JSON.stringify(ids)},"payload":${JSON.stringify(result)}}`;

const SHARED_EVENT = /^\{"type":"next","ids":(\[[^\]]*\]),"payload":/;

/** The text of the payload, and the subscriptions that it is for. Undefined if it is another message. */
export function readSharedEvent(message: string): { ids: string[]; payload: string } | undefined {
  const [head, ids] = SHARED_EVENT.exec(message) ?? [];
  if (head === undefined || ids === undefined) return undefined;
  return { ids: JSON.parse(ids) as string[], payload: message.slice(head.length, -1) };
}

interface Waiting {
  ids: string[];
  sent: Promise<void>;
  settle: (error?: Error) => void;
}

/** The shared events of one WebSocket that wait to be sent together. */
export class SharedEvents {
  private readonly waiting = new Map<ExecutionResult, Waiting>();
  /** The subscriptions with an event that waits. */
  private readonly ids = new Set<string>();

  /** @param send sends one message, and tells when it has been written or has failed. */
  constructor(private readonly send: (message: string, settle: (error?: Error) => void) => void) {}

  /** @returns once the event has been sent, which {@link flush} does. Rejects with the error of the socket */
  add(id: string, result: ExecutionResult): Promise<void> {
    if (this.ids.has(id)) this.flush(); // so that each subscription has its events in their order
    this.ids.add(id);
    let waiting = this.waiting.get(result);
    if (!waiting) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting = { ids: [], sent: promise, settle: (error) => (error ? reject(error) : resolve()) };
      this.waiting.set(result, waiting);
    }
    waiting.ids.push(id);
    return waiting.sent;
  }

  flush(): void {
    if (this.ids.size === 0) return;
    const events = [...this.waiting];
    this.waiting.clear();
    this.ids.clear();
    for (const [result, { ids, settle }] of events) this.send(writeSharedEvent(ids, result), settle);
  }
}

/** The results of a stream without the shared ones, which go to `events` in their order. */
export class OwnEvents implements AsyncIterableIterator<ExecutionResult, undefined> {
  constructor(
    private readonly stream: AsyncIterableIterator<ExecutionResult>,
    private readonly share: (result: ExecutionResult) => Promise<void>,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    for (;;) {
      const item = await this.stream.next();
      if (item.done) return { done: true, value: undefined };
      if (!isShared(item.value)) return item;
      await this.share(item.value);
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.stream.return?.();
    return { done: true, value: undefined };
  }
}
