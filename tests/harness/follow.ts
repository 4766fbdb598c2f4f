/** Follows a channel by a client that does not reconnect, to measure when its subscription ends. */
import { eventually } from '@chat/kit/testing/eventually';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { MessageAddedDocument } from '../generated/operations';

export interface Following {
  /** The bodies of the messages so far. */
  heard: string[];
  /** Resolves once a message with this body has arrived. */
  arrives: (body: string) => Promise<unknown>;
  /** Settles with the time at which the subscription ends, by `performance.now()`. */
  ended: Promise<{ at: number }>;
  close(): void;
}

/** Resolves once a message has arrived. @param say sends one to the channel */
export async function follow(
  url: string,
  token: string,
  channelId: string,
  say: () => Promise<unknown>,
): Promise<Following> {
  const socket = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  const heard: string[] = [];
  const ended = new Promise<{ at: number }>((resolve) => {
    const end = () => resolve({ at: performance.now() });
    socket.subscribe<{ messageAdded: { body: string } }>(
      { query: print(MessageAddedDocument), variables: { channelId } },
      { next: ({ data }) => void (data && heard.push(data.messageAdded.body)), error: end, complete: end },
    );
  });
  await eventually(async () => {
    await say();
    return heard.length > 0;
  }, 'a message through the subscription');
  const arrives = (body: string) => eventually(() => heard.includes(body), `"${body}" through the subscription`);
  return { heard, arrives, ended, close: () => void socket.dispose() };
}
