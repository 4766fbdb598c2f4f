/** The kit's subgraphs behind Mercurius, a Federation 1 gateway that reads `_service.sdl`: it starts and answers. */
import mercuriusGateway from '@mercuriusjs/gateway';
import Fastify from 'fastify';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { buildSubgraph, type SubgraphDefinition } from '@chat/kit/graphql/build-schema';
import { SchemaService } from '@chat/kit/graphql/schema-service';
import { serveSubgraph } from '@chat/kit/graphql/subgraph-server';
import { createLogger } from '@chat/kit/logging';
import { products } from '@chat/kit/testing/products-subgraph';
import { definition as identity } from '../../subgraphs/identity/src/definition';
import { definition as messaging } from '../../subgraphs/messaging/src/definition';

const viewerHeader = new ViewerHeader('a secret key of at least 32 characters');
const log = createLogger('test', 'silent');
const signed = () => ({ [VIEWER_HEADER]: viewerHeader.sign(null) });

async function serve(definition: SubgraphDefinition<never>) {
  const service = new SchemaService({
    schema: buildSubgraph(definition as never),
    viewerHeader,
    createContext: (viewer) => ({ viewer, em: undefined as never, log }),
    log,
  });
  const subgraph = {
    name: definition.name,
    service,
    ready: async () => {},
    health: async () => ({}),
    async [Symbol.asyncDispose]() {},
  };
  return serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, log });
}

async function throughMercurius(query: string, ...definitions: SubgraphDefinition<never>[]): Promise<any> {
  await using servers = new AsyncDisposableStack();
  const app = Fastify();
  servers.defer(() => app.close());
  const services = [];
  for (const definition of definitions) {
    const { url } = servers.use(await serve(definition));
    services.push({ name: definition.name, url, mandatory: true, initHeaders: signed(), rewriteHeaders: signed });
  }
  await app.register(mercuriusGateway, { gateway: { services } });
  const { body } = await app.inject({ method: 'POST', url: '/graphql', payload: { query } });
  return JSON.parse(body);
}

test('starts on the subgraphs of the platform together', async () => {
  const { data } = await throughMercurius(
    '{ __schema { queryType { fields { name } } subscriptionType { fields { name } } } }',
    identity,
    messaging,
  );
  const { queryType, subscriptionType } = data.__schema;
  const names = queryType.fields.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['users', 'channels']));
  expect(names).not.toContain('_entities');
  expect(subscriptionType.fields).toEqual(
    expect.arrayContaining([{ name: 'presenceChanged' }, { name: 'messageAdded' }]),
  );
});

test('answers from a subgraph with Federation 2 features', async () => {
  const query = '{ product(id: "apollo-studio") { sku dimensions { size } } }';
  expect(await throughMercurius(query, products)).toEqual({
    data: { product: { sku: 'studio', dimensions: { size: 'small' } } },
  });
});
