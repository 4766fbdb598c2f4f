/**
 * Makes the parts of answers complete for one subscription: signals can be lost, and a process that takes over an answer may send one
 * again. Each character of an answer is passed on once and in order. Other signals pass unchanged.
 */
import { LRUCache } from 'lru-cache';
import type { TokenSignal } from './token-signal';

/** The most answers of one channel that are remembered; far fewer are given at the same time. */
const MAX_ANSWERS = 1000;

type Signal = TokenSignal | { type: string };

/** @param textOf the text of an answer as far as it is stored; null if the answer is gone */
export function completeTokens<Other extends { type: string }>(
  signals: AsyncIterableIterator<TokenSignal | Other, undefined>,
  textOf: (messageId: string) => Promise<string | null>,
): AsyncIterableIterator<TokenSignal | Other, undefined> {
  /** Answer → the number of UTF-16 units that were passed on, and whether its end was. */
  const progress = new LRUCache<string, { position: number; isEnded: boolean }>({ max: MAX_ANSWERS });

  async function complete(signal: TokenSignal): Promise<TokenSignal | undefined> {
    const { messageId, offset, delta, done } = signal;
    const { position, isEnded } = progress.get(messageId) ?? { position: 0, isEnded: false };
    const end = Math.max(position, offset + delta.length);
    if (isEnded || (end === position && !done)) return undefined;
    progress.set(messageId, { position: end, isEnded: done });
    const part = offset <= position ? delta.slice(position - offset) : (await textOf(messageId))?.slice(position, end);
    return { ...signal, offset: position, delta: part ?? delta };
  }

  const end = async (): Promise<IteratorResult<never, undefined>> => {
    await signals.return?.();
    return { done: true, value: undefined };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const item = await signals.next();
        if (item.done) return { done: true, value: undefined };
        const signal = isToken(item.value) ? await complete(item.value) : item.value;
        if (signal) return { done: false, value: signal };
      }
    },
    return: end,
    throw: end,
  };
}

const isToken = (signal: Signal): signal is TokenSignal => signal.type === 'AssistantToken';
