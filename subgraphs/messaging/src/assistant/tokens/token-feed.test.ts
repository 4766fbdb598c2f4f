/** The parts of answers for one subscription: lost, repeated and late signals. Each character comes once and in order. */
import { completeTokens } from './token-feed';
import type { TokenSignal } from './token-signal';

const TEXT = 'All is well in the chat.';

const signal = (offset: number, end: number, done = false): TokenSignal => ({
  type: 'AssistantToken',
  messageId: 'a',
  offset,
  delta: TEXT.slice(offset, end),
  done,
});

async function* stream<T>(items: readonly T[]): AsyncGenerator<T, undefined> {
  yield* items;
}

/** The parts that a subscriber gets. `stored` is the length of the stored text. */
async function seen(signals: readonly (TokenSignal | { type: 'TypingStarted' })[], stored = TEXT.length) {
  const parts: (TokenSignal | { type: 'TypingStarted' })[] = [];
  for await (const part of completeTokens(stream(signals), async () => TEXT.slice(0, stored))) parts.push(part);
  return parts;
}

const textOf = (parts: readonly object[]) => parts.map((part) => ('delta' in part ? part.delta : '')).join('');

test.each<[string, TokenSignal[]]>([
  ['in order', [signal(0, 4), signal(4, 12), signal(12, 24), signal(24, 24, true)]],
  ['with a lost part', [signal(0, 4), signal(12, 24), signal(24, 24, true)]],
  ['with a repeated part', [signal(0, 4), signal(4, 12), signal(4, 12), signal(12, 24), signal(24, 24, true)]],
  ['with a part that overlaps', [signal(0, 12), signal(4, 24), signal(24, 24, true)]],
  ['with parts out of order', [signal(0, 4), signal(12, 24), signal(4, 12), signal(24, 24, true)]],
  ['heard from the middle on', [signal(12, 24), signal(24, 24, true)]],
  ['of which only the end is heard', [signal(24, 24, true)]],
  ['that ends twice, as its job ran again', [signal(0, 24), signal(24, 24, true), signal(24, 24, true)]],
])('an answer %s comes whole, and each character once', async (_how, signals) => {
  const parts = await seen(signals);
  expect(textOf(parts)).toBe(TEXT);
  let position = 0;
  for (const part of parts as TokenSignal[]) {
    expect(part.offset).toBe(position);
    position += part.delta.length;
  }
  expect((parts.at(-1) as TokenSignal).done).toBe(true);
});

test('other signals pass unchanged, and answers do not mix', async () => {
  const other = { ...signal(0, 3), messageId: 'b' };
  const parts = await seen([signal(0, 4), { type: 'TypingStarted' }, other, signal(4, 12)]);
  expect(parts).toEqual([signal(0, 4), { type: 'TypingStarted' }, other, signal(4, 12)]);
});

test('if the text is gone, the part comes as it is', async () => {
  const parts: TokenSignal[] = [];
  for await (const part of completeTokens<never>(stream([signal(12, 24)]), async () => null)) parts.push(part);
  expect(textOf(parts)).toBe(TEXT.slice(12, 24));
});

test('it ends at once when it is left', async () => {
  const never = new Promise<IteratorResult<TokenSignal, undefined>>(() => undefined);
  let isLeft = false;
  const feed = completeTokens<never>(
    {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => never,
      async return() {
        isLeft = true;
        return { done: true, value: undefined };
      },
    },
    async () => null,
  );
  void feed.next();
  expect(await feed.return!()).toEqual({ done: true, value: undefined });
  expect(isLeft).toBe(true);
});
