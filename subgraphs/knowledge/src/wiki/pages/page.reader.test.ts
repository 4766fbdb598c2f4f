/** Long and hostile pages are rendered in threads, and leave the event loop free. */
import { analysePage } from './page.analysis';
import { pageHtml } from './page.markdown';
import { PageReader } from './page.reader';

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
});

test('a thousand nested lists render without an end of the stack', () => {
  for (const mark of ['- ', '> ', '1. ']) expect(pageHtml(mark.repeat(1000)).length).toBeLessThan(20_000);
});
