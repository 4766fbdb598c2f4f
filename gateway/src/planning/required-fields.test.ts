/** Required fields of other subgraphs: with conditions, with arguments, and beside the same fields of clients. */
import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { startLocally } from '../testing/local-execution';
import { repairPlan } from './repair-plan';

const reference = { __resolveReference: (given: object) => given };

describe('a required field is fetched even if the client excludes it', () => {
  const { ask } = startLocally({
    a: {
      typeDefs: `type Query { t: T } type T @key(fields: "id") {
        id: ID! c: Int @external d: Int @external
        b: Int @requires(fields: "c") sure: Int! @requires(fields: "c d") }`,
      resolvers: {
        Query: { t: () => ({ id: '1' }) },
        T: { ...reference, b: ({ c }: { c: number }) => c * 10, sure: (t: { c: number; d: number }) => t.c + t.d },
      },
    },
    x: {
      typeDefs: 'type T @key(fields: "id") { id: ID! c: Int d: Int }',
      resolvers: { T: { ...reference, c: () => 1, d: () => 2 } },
    },
  });
  test.each([
    ['query ($v: Boolean!) { t { id b c @skip(if: $v) } }', true, { id: '1', b: 10 }],
    ['query ($v: Boolean!) { t { id b c @skip(if: $v) } }', false, { id: '1', b: 10, c: 1 }],
    ['query ($v: Boolean!) { t { sure c @include(if: $v) d @skip(if: $v) } }', true, { sure: 3, c: 1 }],
    ['query ($v: Boolean!) { t { sure c @include(if: $v) d @skip(if: $v) } }', false, { sure: 3, d: 2 }],
    ['query ($v: Boolean!) { t { b ... @include(if: $v) { c } } }', false, { b: 10 }],
    ['query ($v: Boolean!) { t { b ...F @include(if: $v) } } fragment F on T { c d }', false, { b: 10 }],
    ['query ($v: Boolean!) { t { c @skip(if: $v) d @skip(if: $v) } }', true, {}],
    ['{ t { b c @skip(if: true) } }', undefined, { b: 10 }],
    ['{ t { b c @include(if: false) c: c @skip(if: false) } }', undefined, { b: 10, c: 1 }],
  ])('%s with %s', async (query, v, t) => {
    expect(await ask(query, v === undefined ? {} : { v })).toEqual({ data: { t } });
  });
});

describe('a required field with arguments', () => {
  const names = (given: { attrs?: string[] | null }) => given.attrs?.join('+') ?? null;
  const { ask, services } = startLocally({
    a: {
      typeDefs: `type Query { p: P ps: [P] } type P @key(fields: "id") {
        id: ID! attrs(keys: [String!]): [String!] inner: Inner r(n: Int = 0): Int }
        type Inner { size(unit: String): Int }`,
      resolvers: {
        Query: { p: () => ({ id: '1' }), ps: () => [{ id: '1' }, { id: '2' }] },
        P: {
          ...reference,
          attrs: (_: unknown, { keys }: { keys?: string[] }) => keys ?? ['all'],
          inner: () => ({}),
          r: ({ id }: { id: string }, { n }: { n: number }) => Number(id) * 100 + n,
        },
        Inner: { size: (_: unknown, { unit }: { unit?: string }) => (unit === 'in' ? 2 : 5) },
      },
    },
    b: {
      typeDefs: `type P @key(fields: "id") {
          id: ID! attrs(keys: [String!]): [String!] @external inner: Inner @external r(n: Int = 0): Int @external
          explicit: String @requires(fields: "attrs(keys: \\"E\\")") plain: String @requires(fields: "attrs")
          one: Int @requires(fields: "r(n: 1)") two: Int @requires(fields: "r(n: 2)")
          inch: Int @requires(fields: "inner { size(unit: \\"in\\") }")
          cm: Int @requires(fields: "inner { size(unit: \\"cm\\") }") }
        type Inner @external { size(unit: String): Int }`,
      resolvers: {
        P: {
          ...reference,
          explicit: names,
          plain: names,
          one: ({ r }: { r: number }) => r,
          two: ({ r }: { r: number }) => r,
          inch: ({ inner }: { inner: { size: number } }) => inner.size,
          cm: ({ inner }: { inner: { size: number } }) => inner.size,
        },
      },
    },
  });
  test.each([
    ['explicit', { explicit: 'E' }],
    ['explicit attrs(keys: ["size"])', { explicit: 'E', attrs: ['size'] }],
    ['attrs(keys: ["size"]) plain', { attrs: ['size'], plain: 'all' }],
    ['plain explicit attrs', { plain: 'all', explicit: 'E', attrs: ['all'] }],
    ['one two', { one: 101, two: 102 }],
    ['r two r3: r(n: 3) one', { r: 100, two: 102, r3: 103, one: 101 }],
    ['inch cm inner { size }', { inch: 2, cm: 5, inner: { size: 5 } }],
    ['attrs__required_1: id explicit', { attrs__required_1: '1', explicit: 'E' }],
    ['client__attrs: id attrs(keys: ["x"]) id: plain', { client__attrs: '1', attrs: ['x'], id: 'all' }],
  ])('{ %s }', async (selection, p) => {
    expect(await ask(`{ p { ${selection} } }`)).toEqual({ data: { p } });
  });

  test('clients can pass arguments as variables', async () => {
    const query = 'query ($k: [String!], $n: Int) { ps { one two r(n: $n) explicit attrs(keys: $k) } }';
    const of = (id: number) => ({ one: id * 100 + 1, two: id * 100 + 2, r: id * 100 + 7, explicit: 'E', attrs: ['k'] });
    expect(await ask(query, { k: ['k'], n: 7 })).toEqual({ data: { ps: [of(1), of(2)] } });
  });

  test('one request is enough if no field is required twice', async () => {
    services.get('b')!.requests.length = 0;
    await ask('{ p { explicit one inch } }');
    expect(services.get('b')!.requests).toHaveLength(1);
  });
});

test('a chain of required fields over four subgraphs', async () => {
  const next = (from: string) => ({ ...reference, [`${from}1`]: (t: Record<string, string>) => `${t[from]}1` });
  const link = (from: string) =>
    `type T @key(fields: "id") { id: ID! ${from}: String @external ${from}1: String @requires(fields: "${from}") }`;
  const { ask } = startLocally({
    a: {
      typeDefs: 'type Query { t: T } type T @key(fields: "id") { id: ID! x: String }',
      resolvers: { Query: { t: () => ({ id: '1', x: 'x' }) }, T: { __resolveReference: () => ({ id: '1', x: 'x' }) } },
    },
    b: { typeDefs: link('x'), resolvers: { T: next('x') } },
    c: { typeDefs: link('x1'), resolvers: { T: next('x1') } },
    d: { typeDefs: link('x11'), resolvers: { T: next('x11') } },
  });
  expect(await ask('{ t { x111 } }')).toEqual({ data: { t: { x111: 'x111' } } });
  expect(await ask('{ t { x111 x1 } }')).toEqual({ data: { t: { x111: 'x111', x1: 'x1' } } });
});

describe('a chain of required fields that begins and ends outside of the subgraph where the planner starts', () => {
  // The planner asks `middle` for `f1` without `f0`, although `f1` requires `f0`: a wrong value without an error.
  const start = (entry: 'middle' | 'last') => {
    const query = (name: string) => (name === entry ? 'type Query { t: T }' : '');
    return startLocally({
      last: {
        typeDefs: `${query('last')} type T @key(fields: "id") {
          id: ID! f1: String @external f0: String f2: String @requires(fields: "f1") }`,
        resolvers: {
          ...(entry === 'last' && { Query: { t: () => ({ id: '1' }) } }),
          T: { ...reference, f0: () => 'f0', f2: ({ f1 }: { f1: string }) => `f2 of ${f1}` },
        },
      },
      middle: {
        typeDefs: `${query('middle')} type T @key(fields: "id") {
          id: ID! f0: String @external f1: String @requires(fields: "f0") }`,
        resolvers: {
          ...(entry === 'middle' && { Query: { t: () => ({ id: '1' }) } }),
          T: { ...reference, f1: ({ f0 }: { f0: string }) => `f1 of ${f0}` },
        },
      },
    });
  };

  test('is refused when the supergraph is loaded, with the name of the field', () => {
    expect(() => start('middle')).toThrow(/^T\.f1 cannot be planned: .*\bf2\b/);
  });

  test('is accepted if the planner makes the right plan', async () => {
    const { ask } = start('last');
    expect(await ask('{ t { f2 } }')).toEqual({ data: { t: { f2: 'f2 of f1 of f0' } } });
    expect(await ask('{ t { f2 f1 } }')).toEqual({ data: { t: { f2: 'f2 of f1 of f0', f1: 'f1 of f0' } } });
  });

  test('each operation is checked, too', () => {
    const { supergraph } = start('last');
    const fetch: FetchNode = {
      kind: 'Fetch',
      serviceName: 'middle',
      variableUsages: [],
      operation:
        'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on T { f0 f1 } } }',
      operationKind: 'query' as never,
      operationName: undefined,
      operationDocumentNode: undefined,
      requires: [
        {
          kind: 'InlineFragment',
          typeCondition: 'T',
          selections: [
            { kind: 'Field', name: '__typename' },
            { kind: 'Field', name: 'id' },
          ],
        },
      ],
    };
    expect(() => repairPlan(fetch, supergraph)).toThrow('T.f1 requires fields of other subgraphs');
    const entity = fetch.requires![0] as { selections: QueryPlanSelectionNode[] };
    entity.selections.push({ kind: 'Field', name: 'f0' });
    expect(repairPlan(fetch, supergraph)).toMatchObject({ kind: 'Fetch' });
  });
});

test('an unresolvable key is not used for a fetch', async () => {
  const { ask } = startLocally({
    a: {
      typeDefs: 'type A @key(fields: "id") @key(fields: "p", resolvable: false) { id: ID! p: ID! name: String! }',
      resolvers: { A: { __resolveReference: ({ id }: { id: string }) => ({ id, p: `p${id}`, name: `n${id}` }) } },
    },
    b: {
      typeDefs: `type Query { a: A } type A @key(fields: "p", resolvable: false) @key(fields: "id p")
        @key(fields: "id", resolvable: false) {
        id: ID! p: ID! name: String! @external more: String! @requires(fields: "name") }`,
      resolvers: {
        Query: { a: () => ({ id: '1', p: 'p1' }) },
        A: { ...reference, more: ({ id, name }: { id?: string; name?: string }) => `${id} ${name}` },
      },
    },
  });
  expect(await ask('{ a { more } }')).toEqual({ data: { a: { more: '1 n1' } } });
});

test('an operation without a complete plan is refused', async () => {
  const { ask } = startLocally({
    a: {
      typeDefs: 'type Query { a: Node } interface Node @key(fields: "id") { id: ID! }',
      resolvers: {},
    },
    b: {
      typeDefs: `type Query { b: Node }
        type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID! field: String }`,
      resolvers: { Query: { b: () => ({ id: 'n' }) }, Node: { field: () => 'f' } },
    },
  });
  const result = await ask('{ a { field } }');
  expect(result).not.toHaveProperty('data');
  expect(result.errors?.[0]?.message).toContain('Query.a');
  expect(await ask('{ b { field } }')).toEqual({ data: { b: { field: 'f' } } });
});

describe('the root fields of a mutation', () => {
  const events: string[] = [];
  let value = 0;
  const set = (_: unknown, { to }: { to: number }) => {
    events.push(`set ${to}`);
    value = to;
    return { id: '1' };
  };
  const { ask, services } = startLocally({
    a: {
      typeDefs: 'type Query { t: T } type Mutation { set(to: Int): T add: Int! } type T @key(fields: "id") { id: ID! }',
      resolvers: { Mutation: { set, add: () => ++value }, T: reference },
    },
    b: {
      typeDefs: 'type T @key(fields: "id") { id: ID! value: Int } type Mutation { other: Int }',
      resolvers: {
        T: { ...reference, value: () => (events.push(`read ${value}`), value) },
        Mutation: { other: () => value },
      },
    },
  });
  beforeEach(() => {
    events.length = 0;
    for (const { requests } of services.values()) requests.length = 0;
  });

  test('a root field starts when the entities of the previous one are complete', async () => {
    const result = await ask('mutation { x: set(to: 1) { value } y: set(to: 2) { value } other z: add }');
    expect(result).toEqual({ data: { x: { value: 1 }, y: { value: 2 }, other: 2, z: 3 } });
    expect(events).toEqual(['set 1', 'read 1', 'set 2', 'read 2']);
  });

  test('root fields of one subgraph share a request if they need no other fetch', async () => {
    const result = await ask('mutation { a: add ...F x: set(to: 5) { id } } fragment F on Mutation { b: add }');
    expect(Object.keys(result.data!)).toEqual(['a', 'b', 'x']);
    expect(services.get('a')!.requests).toHaveLength(1);
  });
});
