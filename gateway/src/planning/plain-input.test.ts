/** Values that count as plain, beside the coercion of graphql-js. */
import fc from 'fast-check';
import { buildSchema, getVariableValues, parse, type OperationDefinitionNode } from 'graphql';
import { isPlainInput } from './plain-input';

const schema = buildSchema(`
  type Query { find(by: Filter): Int }
  enum Order { UP DOWN }
  scalar JSON
  input Filter { id: ID! name: String size: Int at: Float isNew: Boolean order: Order = UP tags: [String!] and: [Filter!] not: Filter }
  input Anything { json: JSON }
  input One @oneOf { a: String b: String }
`);

const definitionsOf = (type: string) =>
  (parse(`query ($value: ${type}) { find }`).definitions[0] as OperationDefinitionNode).variableDefinitions!;
const isPlain = (value: unknown, type: string) => isPlainInput(value, definitionsOf(type)[0]!.type, schema);

const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, 'UP', 'DOWN', 2 ** 31, 1.5, NaN, []),
);
const { filter } = fc.letrec((tie) => ({
  filter: fc.record(
    {
      id: fc.oneof({ arbitrary: fc.string(), weight: 9 }, { arbitrary: leaf, weight: 1 }),
      name: fc.oneof({ arbitrary: fc.option(fc.string()), weight: 9 }, { arbitrary: leaf, weight: 1 }),
      size: fc.oneof({ arbitrary: fc.integer(), weight: 9 }, { arbitrary: leaf, weight: 1 }),
      at: fc.oneof(fc.integer(), fc.double()),
      isNew: fc.oneof({ arbitrary: fc.boolean(), weight: 9 }, { arbitrary: leaf, weight: 1 }),
      order: fc.constantFrom('UP', 'DOWN', 'LEFT'),
      tags: fc.oneof(fc.array(fc.string()), leaf),
      and: fc.oneof({ maxDepth: 2 }, fc.constant([]), fc.array(tie('filter'), { maxLength: 2 })),
      not: fc.oneof({ maxDepth: 2 }, fc.constant(null), tie('filter')),
      other: leaf,
    },
    { requiredKeys: ['id', 'order'] },
  ),
}));

test('coercion returns an equal value for each that counts as plain', () => {
  let plain = 0;
  fc.assert(
    fc.property(filter, (value) => {
      if (!isPlain(value, 'Filter!')) return;
      plain++;
      expect(getVariableValues(schema, definitionsOf('Filter!'), { value })).toEqual({ coerced: { value } });
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(50);
});

test('a plain value passes, and whatever graphql-js would change, fill in or refuse does not', () => {
  const value = { id: 'a', order: 'UP', at: 1.5, tags: ['b'], not: null, and: [{ id: 'c', order: 'DOWN' }] };
  expect(isPlain(value, 'Filter!')).toBe(true);
  expect(isPlain('a', 'ID!')).toBe(true);
  const others: [unknown, string][] = [
    [{ ...value, id: 7 }, 'Filter!'],
    [{ ...value, id: null }, 'Filter!'],
    [{ ...value, other: 1 }, 'Filter!'],
    [{ ...value, at: Infinity }, 'Filter!'],
    [{ ...value, tags: 'b' }, 'Filter!'],
    [{ ...value, tags: [null] }, 'Filter!'],
    [{ id: 'a' }, 'Filter!'], // the order has a default
    [{ order: 'UP' }, 'Filter!'],
    [null, 'Filter'],
    [[value], 'Filter!'],
    [['a'], '[String!]'],
    [{ json: 1 }, 'Anything'],
    [{ a: 'x', b: 'y' }, 'One'],
    ['a', 'Unknown'],
  ];
  for (const [given, type] of others) expect([given, type, isPlain(given, type)]).toEqual([given, type, false]);
});

test('a value that is nested deeply is left to the limit of levels', () => {
  let value: object = { id: 'a', order: 'UP' };
  for (let level = 0; level < 100; level++) value = { id: 'a', order: 'UP', not: value };
  expect(isPlain(value, 'Filter!')).toBe(false);
});
