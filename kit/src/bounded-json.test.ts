/** JSON with too much structure is refused before it is parsed; any other gives the result of JSON.parse. */
import fc from 'fast-check';
import { JsonTooComplex, parseBoundedJson } from './bounded-json';

test('parses what JSON.parse parses', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      expect(parseBoundedJson(text)).toEqual(JSON.parse(text));
    }),
  );
  expect(parseBoundedJson(String.raw`{"a\\":"[[[\"{","b":["\\\\"]}`)).toEqual({ 'a\\': '[[["{', b: ['\\\\'] });
  expect(parseBoundedJson(JSON.stringify({ a: '['.repeat(1_000_000) }))).toEqual({ a: '['.repeat(1_000_000) });
  expect(() => parseBoundedJson('{"a')).toThrow(SyntaxError);
});

test.each([
  ['lists', '['.repeat(111) + ']'.repeat(111)],
  ['objects', '{"a":'.repeat(111) + '1' + '}'.repeat(111)],
  ['lists that never end', '['.repeat(500_000)],
  ['many members', `[${'1,'.repeat(60_000)}1]`],
  ['many lists', `[${'[],'.repeat(40_000)}1]`],
])('refuses %s', (_what, text) => expect(() => parseBoundedJson(text)).toThrow(JsonTooComplex));

test('cuts off what is nested too deep, for a reader who wants the rest', () => {
  const deep = '['.repeat(300_000) + ']'.repeat(300_000);
  expect(parseBoundedJson(`{"id":"1","a":${deep},"b":[${deep}],"c":"]"}`, 'cut')).toMatchObject({ id: '1', c: ']' });
  expect(() => parseBoundedJson('['.repeat(300_000), 'cut')).toThrow(SyntaxError);
});

test('takes a hundred levels and some', () => {
  const text = '['.repeat(110) + ']'.repeat(110);
  expect(JSON.stringify(parseBoundedJson(text))).toBe(text);
});
