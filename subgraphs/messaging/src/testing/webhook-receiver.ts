/** A webhook receiver that queues requests for the test and responds as the test demands. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

export interface Received {
  headers: Record<string, string>;
  body: string;
}

export interface WebhookReceiver extends AsyncDisposable {
  url: string;
  /** The status of further responses, by the body of the request; initially 200. */
  answer: (body: string) => number;
  /** Headers of further responses; initially none. */
  headers: Record<string, string>;
  /** Waits for the next request in order of arrival. */
  next(): Promise<Received>;
  /** The number of requests in the queue. */
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
