/** Products of Apollo's compatibility suite as its gateway sees them: the SDL, references, and traces. */
import { Trace } from '@apollo/usage-reporting-protobuf';
import { composeServices } from '@apollo/composition';
import { parse, print, type ExecutionResult } from 'graphql';
import { VIEWER_HEADER, ViewerHeader } from '../auth/viewer-header';
import { createLogger } from '../logging';
import { products } from '../testing/products-subgraph';
import { buildSubgraph } from './build-schema';
import type { SubgraphContext } from './context';
import { TRACE_HEADER } from './field-traces';
import { SchemaService } from './schema-service';
import { publishedSdl, subgraphDocument } from './subgraph-document';

const viewerHeader = new ViewerHeader('a secret key of at least 32 characters');
const log = createLogger('test', 'silent');
const service = new SchemaService<SubgraphContext>({
  schema: buildSubgraph(products),
  viewerHeader,
  createContext: (viewer) => ({ viewer, em: undefined as never, log }),
  log,
});

async function ask(
  query: string,
  variables?: Record<string, unknown>,
  headers?: Record<string, string>,
): Promise<ExecutionResult<any>> {
  const result = await service.execute(
    { query, variables },
    { headers: { [VIEWER_HEADER]: viewerHeader.sign(null), ...headers } },
  );
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

test('_service.sdl has nothing of the protocol that it is read by, and keeps the rest of Query', async () => {
  const { sdl } = (await ask('{ _service { sdl } }')).data._service as { sdl: string };
  expect(sdl).not.toMatch(/_entities|_service|_Any|_Service|_Entity/);
  const query = parse(sdl).definitions.filter(
    (definition) => 'name' in definition && definition.name?.value === 'Query',
  );
  expect(query.map(({ kind }) => kind)).toEqual(['ObjectTypeDefinition', 'ObjectTypeExtension']);
  expect(print(query[1]!)).toMatch(/^extend type Query {\n[^]* product\([^]* deprecatedProduct\(/);
});

test('_service.sdl composes to the same supergraph as the printed SDL', () => {
  const composed = (sdl: string) =>
    composeServices([{ name: 'notes', url: 'http://notes', typeDefs: parse(sdl) }]).supergraphSdl;
  const printed = print(
    subgraphDocument(`schema { query: Query mutation: Mutation } type Note @key(fields: "id") { id: ID! }
      type Query { note(id: ID!): Note } type Mutation { add: Note! @cost(weight: 3) }`),
  );
  expect(composed(publishedSdl(printed))).toBe(composed(printed));
  expect(composed(printed)).toContain('Reads.');
});

test('references by single, multiple and nested keys, and what @requires brings along', async () => {
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on Product { id } ... on ProductResearch { study { description } }
    ... on User { name averageProductsCreatedPerYear } ... on Inventory { deprecatedProducts { reason } } } }`;
  const representations = [
    { __typename: 'Product', sku: 'federation', package: '@apollo/federation' },
    { __typename: 'Product', sku: 'studio', variation: { id: 'platform' } },
    { __typename: 'ProductResearch', study: { caseNumber: '1234' } },
    { __typename: 'User', email: 'support@apollographql.com', totalProductsCreated: 55, yearsOfEmployment: 5 },
    { __typename: 'Inventory', id: 'apollo-oss' },
  ];
  expect(await ask(query, { representations })).toEqual({
    data: {
      _entities: [
        { id: 'apollo-federation' },
        { id: 'apollo-studio' },
        { study: { description: 'Federation Study' } },
        { name: 'Jane Smith', averageProductsCreatedPerYear: 11 },
        { deprecatedProducts: [{ reason: 'Migrate to Federation V2' }] },
      ],
    },
  });
});

describe('traces', () => {
  const traced = { [TRACE_HEADER]: 'ftv1' };
  const traceOf = ({ extensions }: ExecutionResult) =>
    Trace.decode(Buffer.from(extensions!['ftv1'] as string, 'base64'));

  test('are given to a gateway that asks for them, and to no other', async () => {
    const query = '{ __typename }';
    expect(await ask(query)).toEqual({ data: { __typename: 'Query' } });
    expect(await ask(query, undefined, { [TRACE_HEADER]: 'ftv2' })).toEqual({ data: { __typename: 'Query' } });
    expect(await ask(query, undefined, traced)).toEqual({
      data: { __typename: 'Query' },
      extensions: { ftv1: expect.any(String) },
    });
  });

  test('say of every field its place, its types and its time, within the time of the operation', async () => {
    const { root, startTime, endTime, durationNs } = traceOf(
      await ask('{ it: product(id: "apollo-studio") { research { study { caseNumber } } } }', undefined, traced),
    );
    const it = root!.child![0]!;
    expect(it).toMatchObject({
      responseName: 'it',
      originalFieldName: 'product',
      type: 'Product',
      parentType: 'Query',
    });
    const research = it.child![0]!;
    expect(research).toMatchObject({ responseName: 'research', type: '[ProductResearch!]!', parentType: 'Product' });
    const [first] = research.child!;
    expect(first).toMatchObject({ index: 0 });
    const study = first!.child![0]!;
    expect(study.child![0]).toMatchObject({ responseName: 'caseNumber', type: 'ID!', parentType: 'CaseStudy' });
    for (const node of [it, research, study]) {
      expect(Number(node.endTime)).toBeGreaterThanOrEqual(Number(node.startTime));
      expect(Number(node.endTime)).toBeLessThanOrEqual(Number(durationNs));
    }
    expect(Number(study.startTime)).toBeGreaterThanOrEqual(Number(research.startTime));
    const secondsOf = (time: typeof startTime) => Number(time!.seconds) + time!.nanos! / 1e9;
    expect(secondsOf(endTime)).toBeGreaterThanOrEqual(secondsOf(startTime));
    expect(Math.abs(secondsOf(startTime) - Date.now() / 1000)).toBeLessThan(60);
  });

  test('say where an error is, and not what it says', async () => {
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { yearsOfEmployment } } }';
    const representations = [{ __typename: 'User', email: 'a@example.com', yearsOfEmployment: 'secret' }];
    const result = await ask(query, { r: representations }, traced);
    expect(result.errors).toHaveLength(1);
    const entities = traceOf(result).root!.child![0]!;
    const field = entities.child![0]!.child![0]!;
    expect(field).toMatchObject({ responseName: 'yearsOfEmployment', error: [{ message: '<masked>' }] });
    expect(JSON.stringify(traceOf(result))).not.toContain('secret');
  });
});
