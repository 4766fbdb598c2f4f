/** A third-party subgraph: graphql-js behind stock graphql-ws. Ignores the gateway's headers and formats no errors. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';
import type { GraphQLRequest } from '@chat/kit/graphql/service';

export interface StockSubgraph extends AsyncDisposable {
  url: string;
  /** Documents of the received subscriptions. */
  readonly asked: string[];
}

/** `onConnection` can close sockets, as less careful servers do. With `isLive`, it serves WebSockets and refuses HTTP requests. */
export async function serveStock(
  sdl: string,
  resolvers: Record<string, unknown>,
  {
    port = 0,
    onConnection,
    isLive,
  }: { port?: number; onConnection?: (sockets: WebSocketServer) => void; isLive?: boolean } = {},
): Promise<StockSubgraph> {
  const schema: GraphQLSchema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    if (isLive) return void response.writeHead(426).end('Upgrade Required');
    void (async () => {
      const { query, variables } = (await json(request)) as GraphQLRequest;
      const answer = query.startsWith('subscription')
        ? { errors: [{ message: 'Subscriptions are not supported over HTTP.' }] }
        : await execute({ schema, document: parse(query), variableValues: variables });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    })();
  });
  const sockets = new WebSocketServer({ server });
  onConnection?.(sockets);
  const live = useServer({ schema, onSubscribe: (_socket, _id, { query }) => void asked.push(query) }, sockets);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    asked,
    async [Symbol.asyncDispose]() {
      await live.dispose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
