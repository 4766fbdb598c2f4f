/** Leaf values in the gateway: valid values keep their digits, and invalid values are errors. */
import { parseExactly } from '../supergraph/exact-json';
import { startLocally } from '../testing/local-execution';

const TYPES = `scalar Big input In { big: Big id: ID float: Float list: [ID!] }
  type Query {
    int: Int id: ID float: Float string: String boolean: Boolean big: Big ids: [ID!]
    takes(big: Big, id: ID, float: Float, in: In, bigList: [Big]): String
  }`;
const { ask, services } = startLocally({ a: { typeDefs: TYPES, resolvers: {} } });
const service = services.get('a')!;
afterEach(() => void jest.restoreAllMocks());

/** The serialised response to `{ field }` if the subgraph returns `json`. */
async function answered(field: string, json: string): Promise<string> {
  const local = startLocally({ a: { typeDefs: TYPES, resolvers: {} } });
  const answer = parseExactly(`{"data":{"${field}":${json}}}`);
  const execute = jest.spyOn(local.services.get('a')!, 'execute').mockResolvedValue(answer as never);
  const result = await local.execute(`{ ${field} }`);
  execute.mockRestore();
  return JSON.stringify(result);
}

test.each([
  ['int', '2147483647', '2147483647'],
  ['int', '-2147483648', '-2147483648'],
  ['id', '5', '"5"'],
  ['id', '9007199254740993', '"9007199254740993"'],
  ['id', '"5"', '"5"'],
  ['ids', '[1,"2",30000000000000000000000]', '["1","2","30000000000000000000000"]'],
  ['big', '9007199254740993', '9007199254740993'],
  ['big', '{"a":[-9223372036854775808,0.1234567890123456789]}', '{"a":[-9223372036854775808,0.1234567890123456789]}'],
  ['float', '9007199254740992', '9007199254740992'],
  ['float', '0.1', '0.1'],
])('%s: %s', async (field, json, expected) => {
  expect(await answered(field, json)).toBe(`{"data":{"${field}":${expected}}}`);
});

test.each([
  ['int', '2147483648'],
  ['int', '-2147483649'],
  ['int', '1.5'],
  ['int', '9007199254740993'],
  ['int', '"1"'],
  ['id', '1.5'],
  ['id', 'true'],
  ['float', '1e400'],
  ['float', '"1"'],
  ['string', '9007199254740993'],
  ['boolean', '1'],
])('%s: %s is an error', async (field, json) => {
  expect(JSON.parse(await answered(field, json))).toMatchObject({
    data: { [field]: null },
    errors: [{ path: [field], message: `Invalid value for field Query.${field}.` }],
  });
});

describe('to a subgraph', () => {
  /** The arguments as the subgraph reads them, and its variables as text. */
  async function sent(query: string, variables: string): Promise<string> {
    service.requests.length = 0;
    const execute = jest.spyOn(service, 'execute').mockResolvedValue({ data: { takes: '' } });
    const result = await ask(query, parseExactly(variables) as Record<string, unknown>);
    if (result.errors) throw new Error(result.errors[0]!.message);
    const [request] = execute.mock.calls[0]!;
    return `${request.query.replace(/\s+/g, ' ')} ${JSON.stringify(request.variables)}`;
  }

  test.each([
    ['{ takes(big: 9007199254740993) }', '{}', 'big:9007199254740993'],
    ['{ takes(bigList: [9007199254740993, 1]) }', '{}', 'bigList:[9007199254740993 1]'],
    ['{ takes(big: { a: 9007199254740993 }) }', '{}', '9007199254740993'],
    ['{ takes(in: { big: 123456789012345678901234567890 }) }', '{}', '{big:123456789012345678901234567890}'],
    ['{ takes(id: 9007199254740993) }', '{}', '9007199254740993'],
    ['query ($b: Big) { takes(big: $b) }', '{"b":9007199254740993}', '{"b":9007199254740993}'],
    ['query ($b: Big = 9007199254740993) { takes(big: $b) }', '{}', '{"b":9007199254740993}'],
    ['query ($b: Big) { takes(big: $b) }', '{"b":{"a":[9007199254740993]}}', '{"b":{"a":[9007199254740993]}}'],
    ['query ($b: ID) { takes(id: $b) }', '{"b":9007199254740993}', '{"b":"9007199254740993"}'],
    [
      'query ($b: In) { takes(in: $b) }',
      '{"b":{"id":9007199254740993,"list":[9007199254740993]}}',
      '"9007199254740993"',
    ],
    ['query ($b: Float) { takes(float: $b) }', '{"b":0.1234567890123456789}', '0.12345678901234568'],
  ])('%s %s', async (query, variables, expected) => {
    expect(await sent(query, variables)).toContain(expected);
  });

  test('two fields with the same long literal are merged', async () => {
    const query = '{ takes(big: 9007199254740993) ... on Query { takes(big: 9007199254740993) } }';
    expect((await sent(query, '{}')).match(/takes/g)).toHaveLength(1);
  });

  test.each([
    ['query ($b: Big) { takes(big: $b) }', '{"b":1e400}'],
    ['query ($b: Big) { takes(big: $b) }', '{"b":{"a":[-1e400]}}'],
    ['query ($b: Float) { takes(float: $b) }', '{"b":1e400}'],
    ['query ($b: In) { takes(in: $b) }', '{"b":{"big":1e400}}'],
  ])('%s %s is refused', async (query, variables) => {
    const result = await ask(query, parseExactly(variables) as Record<string, unknown>);
    expect(result).not.toHaveProperty('data');
    expect(result.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
