/** Signals of a topic as a stream. Keeps no more than a reader can be late; older ones are dropped, as signals are only worth something now. */
import type { Bell } from './bell';

/** How many signals wait for a slow reader. */
const MAX_WAITING = 100;

/**
 * Resolves when it listens, or will as soon as Redis answers. The stream ends at once on `return()`.
 * @param isWanted whether the reader gets a signal; by default it gets all
 */
export async function openSignals<Signal>(
  bell: Bell,
  topic: string,
  isWanted: (signal: Signal) => boolean = () => true,
): Promise<AsyncIterableIterator<Signal, undefined>> {
  type Result = IteratorResult<Signal, undefined>;
  const done: Result = { done: true, value: undefined };
  const waiting: Signal[] = [];
  let settle: ((result: Result) => void) | undefined;
  let isDone = false;

  const listening = bell.listenSignal<Signal>(topic, (signal) => {
    if (!isWanted(signal)) return;
    if (settle) {
      settle({ done: false, value: signal });
      settle = undefined;
      return;
    }
    waiting.push(signal);
    if (waiting.length > MAX_WAITING) waiting.shift();
  });

  const end = async (): Promise<Result> => {
    if (!isDone) {
      isDone = true;
      settle?.(done);
      void listening.then((stop) => stop()).catch(() => undefined);
    }
    return done;
  };
  const signals: AsyncIterableIterator<Signal, undefined> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (isDone) return done;
      if (waiting.length > 0) return { done: false, value: waiting.shift()! };
      return new Promise<Result>((resolve) => (settle = resolve));
    },
    return: end,
    throw: end,
  };
  listening.catch(end); // the connection is closed for good
  await bell.patiently(listening);
  return signals;
}
