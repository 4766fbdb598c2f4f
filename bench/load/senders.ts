/** Connections that send one GraphQL operation after another with little processor time of their own: over HTTP or WebSocket. */
import { once } from 'node:events';
import { Client } from 'undici';
import WebSocket from 'ws';

export interface Sender extends AsyncDisposable {
  /** Resolves with the answer to `payload`, the JSON of a request. @throws on an error; one call at a time */
  send(payload: string): Promise<void>;
}

export type OpenSender = (url: string, token: string) => Promise<Sender>;

/** A keep-alive connection. */
export const openHttpSender: OpenSender = async (url, token) => {
  const { origin, pathname } = new URL(url);
  const client = new Client(origin);
  const headers = ['content-type', 'application/json', 'authorization', `Bearer ${token}`];
  return {
    async send(payload) {
      const { body } = await client.request({ path: pathname, method: 'POST', headers, body: payload });
      demandData(await body.text());
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
};

/** A connection by graphql-transport-ws. */
export const openSocketSender: OpenSender = async (url, token) => {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  await once(socket, 'open');
  const acknowledged = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  demandPart(String((await acknowledged)[0]), '"connection_ack"');
  let last = 0;
  let settle: ((text: string) => void) | undefined;
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    if (text.includes('"type":"complete"')) return; // follows the answer
    settle?.(text);
  });
  socket.on('close', () => settle?.('The connection was closed.'));
  return {
    async send(payload) {
      const answer = new Promise<string>((resolve) => (settle = resolve));
      socket.send(`{"id":"${++last}","type":"subscribe","payload":${payload}}`);
      demandData(await answer);
    },
    async [Symbol.asyncDispose]() {
      settle = undefined;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
};

function demandData(text: string): void {
  if (text.includes('"errors"')) throw new Error(text);
  demandPart(text, '"data"');
}

function demandPart(text: string, part: string): void {
  if (!text.includes(part)) throw new Error(text);
}
