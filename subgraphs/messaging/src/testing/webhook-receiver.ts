/** A server that webhooks are sent to: keeps what it is sent until the test looks, and answers as the test wants. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

export interface Received {
  headers: Record<string, string>;
  body: string;
}

export interface WebhookReceiver extends AsyncDisposable {
  url: string;
  /** The status of the answers from now on, by the body of the request; 200 at first. */
  answer: (body: string) => number;
  /** Headers of the answers from now on; none at first. */
  headers: Record<string, string>;
  /** Waits for the next request, in the order in which they came. */
  next(): Promise<Received>;
  /** Requests that nobody has looked at yet. */
  waiting(): number;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const readers: ((request: Received) => void)[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    response.writeHead(receiver.answer(body), receiver.headers).end();
    await once(response, 'close');
    const item = { headers: request.headers as Record<string, string>, body };
    const reader = readers.shift();
    if (reader) reader(item);
    else received.push(item);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answer: () => 200,
    headers: {},
    next() {
      const first = received.shift();
      return first ? Promise.resolve(first) : new Promise((resolve) => readers.push(resolve));
    },
    waiting: () => received.length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
