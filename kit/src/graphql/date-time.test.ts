/** Which moments the scalar DateTime takes, as variables and as literals, and gives out. */
import { Kind } from 'graphql';
import { GraphQLDateTime, isStorableDate } from './date-time';

const literal = (value: string) => GraphQLDateTime.parseLiteral({ kind: Kind.STRING, value }, {});

test.each([
  '0001-01-01T00:00:00Z',
  '0099-06-01T00:00:00Z',
  '2026-02-28T23:59:59.999+01:00',
  '9999-12-31T23:59:59.999Z',
  '0001-01-01T05:00:00+05:00',
])('takes %s', (text) => {
  for (const date of [GraphQLDateTime.parseValue(text), literal(text)]) {
    expect(date.getTime()).toBe(Date.parse(text));
    expect(GraphQLDateTime.serialize(date)).toEqual(date);
  }
});

test.each([
  '0000-01-01T00:00:00Z',
  '0000-12-31T23:59:59Z',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-23:59',
  '9999-12-31T23:59:59.999-00:01',
])('refuses %s, which is in no year from 1 to 9999', (text) => {
  expect(() => GraphQLDateTime.parseValue(text)).toThrow('years 1 to 9999');
  expect(() => literal(text)).toThrow('years 1 to 9999');
});

test.each(['2026-02-30T00:00:00Z', '2026-01-01', 'tomorrow', '+012026-01-01T00:00:00Z', 7.5, {}])(
  'refuses %j',
  (value) => expect(() => GraphQLDateTime.parseValue(value)).toThrow(),
);

test('an invalid date is none that can be stored', () => expect(isStorableDate(new Date(Number.NaN))).toBe(false));
