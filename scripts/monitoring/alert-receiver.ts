/** The receiver of Alertmanager's webhooks: which alerts have reached it, by receiver. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Notification {
  receiver: string;
  alerts: { status: 'firing' | 'resolved'; labels: { alertname: string } }[];
}

export class AlertReceiver implements AsyncDisposable {
  /** The state of each alert that has come, by `receiver alertname`. */
  readonly states = new Map<string, 'firing' | 'resolved'>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<AlertReceiver> {
    const server = createServer(async (request, response) => {
      const { receiver: name, alerts } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Notification;
      for (const { status, labels } of alerts) receiver.states.set(`${name} ${labels.alertname}`, status);
      response.end();
    });
    const receiver = new AlertReceiver(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return receiver;
  }

  /** `http://host:port` */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
