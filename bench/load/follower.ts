/** A subscriber with the stock graphql-ws client that detects the begin and the end of its stream. */
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface Followed {
  /** Settles when the stream has ended for any reason. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** Follows a channel's messages. Resolves when a message of `say` arrives. @throws if the stream ends before that */
export async function follow(
  url: string,
  accessToken: string,
  channelId: string,
  say: () => Promise<string>,
): Promise<Followed> {
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${accessToken}` },
    retryAttempts: 0,
  });
  const events = client.iterate<{ messageAdded: { id: string } }>({
    query: 'subscription ($channelId: ID!) { messageAdded(channelId: $channelId) { id } }',
    variables: { channelId },
  });
  const next = () =>
    events.next().then(
      ({ value, done }) => (done || value.errors ? undefined : value.data?.messageAdded.id),
      () => undefined, // the socket was closed
    );
  let isHeard = false;
  const first = next().then((id) => {
    isHeard = true;
    return id;
  });
  let last: string;
  do last = await say();
  while (!isHeard);
  for (let heard = await first; heard !== last; heard = await next())
    if (heard === undefined) throw new Error('The subscription has ended before it should.');
  const untilEnd = async () => {
    while ((await next()) !== undefined);
  };
  return {
    ended: untilEnd(),
    close: async () => {
      await client.dispose();
    },
  };
}

/** @throws with the errors of the answer, if any */
export async function request<Data>(
  url: string,
  query: string,
  variables: object = {},
  accessToken?: string,
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(accessToken && { authorization: `Bearer ${accessToken}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}
