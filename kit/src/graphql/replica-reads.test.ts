/** Which operations go to a replica, and which answers of it count. The replicas themselves are in database/replicas.test.ts. */
import { buildSchema, type GraphQLFieldResolver } from 'graphql';
import { VIEWER_HEADER, ViewerHeader } from '../auth/viewer-header';
import type { EntityManager } from '../database/database';
import type { Replicas } from '../database/replicas';
import { createLogger } from '../logging';
import type { SubgraphContext } from './context';
import { ReplicaReads } from './replica-reads';
import { SchemaService } from './schema-service';

const ON_REPLICA = { server: 'replica' } as unknown as EntityManager;
const ON_PRIMARY = { server: 'primary' } as unknown as EntityManager;

const schema = buildSchema(`
  type Query { searched: String! read: String! broken: String! }
  type Mutation { searched: String! }
`);
const server: GraphQLFieldResolver<unknown, SubgraphContext> = (_root, _args, { em }) =>
  (em as unknown as { server: string }).server;
for (const type of [schema.getQueryType()!, schema.getMutationType()!])
  for (const field of Object.values(type.getFields())) field.resolve = server;
schema.getQueryType()!.getFields()['broken']!.resolve = (root, args, context: SubgraphContext, info) => {
  if (context.em === ON_REPLICA) throw new Error('cannot execute UPDATE in a read-only transaction');
  return server(root, args, context, info);
};

const again = jest.fn();
const replicas = { areThere: true, fork: () => Promise.resolve(ON_REPLICA), readAgain: again };
const viewerHeader = new ViewerHeader('a secret of the test of replica reads');
const log = createLogger('test', 'silent');
const service = new SchemaService({
  schema,
  viewerHeader,
  createContext: (viewer, _headers, em = ON_PRIMARY) => ({ viewer, em, log }),
  replicaReads: new ReplicaReads(replicas as unknown as Replicas, [
    { name: 'search', replicaReads: ['searched'] },
    { name: 'others', replicaReads: ['broken'] },
  ]),
  log,
});
const answerTo = async (query: string, operationName?: string) => {
  const headers = { [VIEWER_HEADER]: viewerHeader.sign(null) };
  return JSON.parse(JSON.stringify(await service.execute({ query, operationName }, { headers }))) as object;
};

test.each([
  ['{ searched }', { searched: 'replica' }],
  ['{ __typename searched }', { __typename: 'Query', searched: 'replica' }],
  ['{ read }', { read: 'primary' }],
  ['{ searched read }', { searched: 'primary', read: 'primary' }],
  ['{ ... on Query { searched } }', { searched: 'primary' }],
  ['mutation { searched }', { searched: 'primary' }],
])('%s', async (query, data) => {
  expect(await answerTo(query)).toEqual({ data });
});

test('the operation that runs decides, not the others of its document', async () => {
  const document = 'query Searches { searched } query Reads { read }';
  expect(await answerTo(document, 'Searches')).toEqual({ data: { searched: 'replica' } });
  expect(await answerTo(document, 'Reads')).toEqual({ data: { read: 'primary' } });
});

test('an answer of a replica with errors is asked for again on the primary', async () => {
  expect(await answerTo('{ searched broken }')).toEqual({ data: { searched: 'primary', broken: 'primary' } });
  expect(again).toHaveBeenCalledTimes(1);
});
