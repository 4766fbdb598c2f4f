/** A proxy before a real S3 server that answers 500 or slowly on demand. Signatures hold, since it passes the host on. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const INTERNAL_ERROR =
  '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>';

export class FaultyS3 implements AsyncDisposable {
  /** The next requests of this number fail. */
  failures = 0;
  /** Only requests like this fail: a method and a URL. */
  failing = /^/;
  /** Delay of each answer, in milliseconds. */
  delayMs = 0;
  /** Requests that were answered with 500. */
  failed = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(target: string): Promise<FaultyS3> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy = new FaultyS3(server, `http://127.0.0.1:${port}`);
    server.on('request', (asked, answer) => void proxy.answer(target, asked, answer));
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(target: string, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (this.failures > 0 && this.failing.test(`${asked.method} ${asked.url}`)) {
      this.failures--;
      this.failed++;
      asked.resume();
      answer.writeHead(500, { 'content-type': 'application/xml', connection: 'close' }).end(INTERNAL_ERROR);
      return;
    }
    await delay(this.delayMs);
    const { method, url, headers } = asked;
    const forwarded = request(target + url, { method, headers, agent: false }, (given) => {
      answer.writeHead(given.statusCode!, given.headers);
      given.pipe(answer);
    });
    // Swift sends a body with a HEAD that finds nothing, which is an error after the headers.
    forwarded.on('error', () => (answer.headersSent ? answer.end() : answer.destroy()));
    asked.pipe(forwarded);
  }
}
