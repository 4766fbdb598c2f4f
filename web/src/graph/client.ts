/** The clients of the graph: `@chat/client` for the session, live operations and subscriptions; urql for cached queries over HTTP. */
import { ChatClient } from '@chat/client';
import { cacheExchange, Client, fetchExchange } from 'urql';

export interface Clients {
  chat: ChatClient;
  urql: Client;
}

/** @param url `http(s)://…/graphql` */
export function createClients(url: string): Clients {
  const chat = new ChatClient({ url });
  const urql = new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetch: withToken(chat),
    preferGetMethod: false,
  });
  return { chat, urql };
}

/** A `fetch` with the token of the session, which is renewed before it expires. */
const withToken =
  ({ session }: ChatClient): typeof fetch =>
  async (input, init) => {
    const headers = new Headers(init?.headers);
    const token = await session.accessToken();
    if (token) headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
