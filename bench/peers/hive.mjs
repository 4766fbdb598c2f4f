// Hive Gateway: with its own planner, or with the one in Rust (PLANNER=router-runtime).
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createGatewayRuntime, getGraphQLWSOptions } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { listening } from './listening.mjs';

const gateway = createGatewayRuntime({
  supergraph: readFileSync(process.env.SUPERGRAPH_PATH, 'utf8'),
  logging: 'error',
  landingPage: false,
  graphiql: false,
  ...(process.env.PLANNER === 'router-runtime' && { unifiedGraphHandler }),
  transportEntries: {
    messages: { options: { subscriptions: { kind: 'ws', location: '/graphql' } } },
  },
});
await gateway.getSchema(); // WebSocket operations would not wait for it
const server = createServer(gateway);
const sockets = new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false });
useServer(
  getGraphQLWSOptions(gateway, ({ connectionParams, extra }) => ({ req: extra.request, connectionParams })),
  sockets,
);
listening(server);
