/** Numbers keep their digits when JSON is parsed and serialised. */
import { isRawNumber, parseExactly } from './exact-json';

test.each([
  '9007199254740993',
  '-9223372036854775808',
  '[123456789012345678901234567890,1]',
  '{"a":{"b":[0.1234567890123456789,1.5,"9007199254740993"]}}',
  '1234567890.12345678901',
  '{"a":[1e400,-1E+999]}',
  '{"tiny":1e-400}',
  '1.234567890123456789e-9',
  '{"a":1234567890123456.75e3}',
])('%s round-trips', (text) => {
  expect(JSON.stringify(parseExactly(text))).toBe(text);
});

test('a long number is found at every distance from the start', () => {
  for (let distance = 0; distance < 40; distance++) {
    const text = `{"${'a'.repeat(distance)}":[12,9007199254740993,3]}`;
    expect(JSON.stringify(parseExactly(text))).toBe(text);
  }
});

test.each([
  ['{"a":1,"b":[1.5,-2e3,0.25,9007199254740991]}', { a: 1, b: [1.5, -2000, 0.25, 9007199254740991] }],
  ['1e21', 1e21],
  ['100000000000000000000', 100000000000000000000],
  ['1.10', 1.1],
  ['{"sentAt":1764412345123.4560}', { sentAt: 1764412345123.456 }],
  ['"9007199254740993, 9007199254740993"', '9007199254740993, 9007199254740993'],
])('%s has no raw values', (text, value) => {
  expect(parseExactly(text)).toEqual(value);
});

test('an object with a rawJSON key is not a raw value', () => {
  expect(isRawNumber(parseExactly('{"rawJSON":"9007199254740993"}'))).toBe(false);
});

test('invalid JSON throws a SyntaxError', () => {
  expect(() => parseExactly('{"a":9007199254740993')).toThrow(SyntaxError);
});
