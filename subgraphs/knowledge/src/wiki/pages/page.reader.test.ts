/** Long and hostile pages are rendered in threads, and leave the event loop free. */
import { compileAlternative, parseAlternatives } from '@chat/kit/text-analysis/text-query';
import { analysePage } from './page.analysis';
import { pageDiff } from './page.diff';
import { pageHtml } from './page.markdown';
import { PageReader } from './page.reader';
import { snippetOf } from './page.snippet';

const reader = new PageReader();
afterAll(() => reader[Symbol.asyncDispose]());

const NESTED = Array.from({ length: 600 }, (_, depth) => `${' '.repeat(Math.min(depth * 2, 300))}- x`).join('\n');

test.each([
  ['a short page', '# a'],
  ['a long page', '# a\n\nb [[c]] '.repeat(500)],
  ['nested lists', NESTED],
])('%s is the same in a thread', async (_name, body) => {
  expect(await reader.html(body)).toBe(pageHtml(body));
  expect(await reader.html(body)).toBe(pageHtml(body));
  expect(await reader.analyse({ title: 't', body })).toEqual(analysePage({ title: 't', body }));
  const [from, to] = [
    { title: 't', body, version: 1 },
    { title: 't', body: `x\n${body}`, version: 2 },
  ];
  expect(await reader.diff(from, to)).toEqual(pageDiff({ from, to }));
  const versions = { base: `1\n2\n${body}`, ours: `0\n2\n${body}`, theirs: `1\n2\n${body}\n3` };
  expect(await reader.merge(versions)).toBe(`0\n2\n${body}\n3`);
  const { terms } = compileAlternative(parseAlternatives(['b'])[0]!);
  expect(await reader.snippet({ title: 't', body, terms })).toBe(snippetOf({ title: 't', body, terms }));
});

test('a thousand nested lists render without an end of the stack', () => {
  for (const mark of ['- ', '> ', '1. ']) expect(pageHtml(mark.repeat(1000)).length).toBeLessThan(20_000);
});
