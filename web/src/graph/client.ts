/** Clients of the graph: urql for queries and mutations, and one WebSocket for subscriptions and movements. */
import { createClient as createSocket, type Client as SocketClient } from 'graphql-ws';
import { cacheExchange, Client, fetchExchange } from 'urql';
import type { Session } from '../session/session';

export interface Clients {
  urql: Client;
  socket: SocketClient;
}

export function createClients({ url, token }: Session): Clients {
  const authorization = `Bearer ${token}`;
  const socket = createSocket({
    url: url.replace(/^http/, 'ws'),
    connectionParams: { authorization },
    retryAttempts: Infinity,
    lazy: true,
    lazyCloseTimeout: 60_000,
  });
  const urql = new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: { headers: { authorization } },
    preferGetMethod: false,
  });
  return { urql, socket };
}

/** Runs one operation over the socket. @throws with the first error */
export async function request<Result>(
  socket: SocketClient,
  query: string,
  variables: Record<string, unknown>,
): Promise<Result> {
  for await (const { data, errors } of socket.iterate<Result>({ query, variables })) {
    if (errors) throw new Error(errors[0]!.message);
    return data!;
  }
  throw new Error('The connection ended without an answer.');
}

/** Follows a subscription until the result is called. */
export function follow<Result>(
  socket: SocketClient,
  query: string,
  variables: Record<string, unknown>,
  onData: (data: Result) => void,
  onError: (message: string) => void = () => undefined,
): () => void {
  return socket.subscribe<Result>(
    { query, variables },
    {
      next: ({ data, errors }) => {
        if (data) onData(data);
        else if (errors) onError(errors[0]!.message);
      },
      error: (error) => onError(Array.isArray(error) ? (error as { message: string }[])[0]!.message : String(error)),
      complete: () => undefined,
    },
  );
}
