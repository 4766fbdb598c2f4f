/** The receiver of a webhook's deliveries. Holds no signature check. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Told {
  data: { message: { body: string } };
}

export class WebhookReceiver implements AsyncDisposable {
  /** Message bodies by `webhook-id`, in the order of their first attempts. */
  private readonly first = new Map<string, string>();
  private readonly server: Server;
  private beforeAnswer: (() => Promise<void>) | undefined;

  constructor() {
    this.server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const id = request.headers['webhook-id'] as string;
      if (!this.first.has(id)) this.first.set(id, (JSON.parse(body) as Told).data.message.body);
      await this.beforeAnswer?.();
      response.end();
    }).listen(0, '127.0.0.1');
  }

  async started(): Promise<this> {
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Holds the answer to the next delivery. Resolves once it has come, with a function that lets the answer go. */
  holdAnswer(): Promise<() => void> {
    const { promise: came, resolve } = Promise.withResolvers<() => void>();
    this.beforeAnswer = () => {
      this.beforeAnswer = undefined;
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      resolve(release);
      return released;
    };
    return came;
  }

  get told(): string[] {
    return [...this.first.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
