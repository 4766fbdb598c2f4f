/** The gateway's HTTP server: finds who answers a path, and closes without cutting anybody off. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { gracefulClose } from '@chat/kit/graceful-close';
import type { Logger } from '@chat/kit/logging';
import { GatewayResponse } from './gateway-response';
import { listenTogether, extraListeners } from './listen';

/** Answers a request, or resolves to false where it is not its own. */
export type Route = (request: IncomingMessage, response: ServerResponse) => Promise<boolean> | boolean;

/** Takes over a socket that asks for another protocol, or returns false. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** Longer than what proxies keep idle connections, so that none is used while it is being closed. */
const KEEP_ALIVE_MS = 65_000;

export class GatewayServer implements AsyncDisposable {
  private isDraining = false;

  private constructor(
    private readonly close: () => Promise<void>,
    /** `http://host:port` */
    readonly url: string,
  ) {}

  /**
   * `routes` are asked in their order; what none answers is 404. A connection on which nothing moves for `idleMs` although a
   * request is open is ended: its client does not read, and what waits for it fills memory. @throws where the address is in use.
   */
  static async listen(
    { host, port, idleMs }: { host: string; port: number; idleMs: number },
    { routes, upgrade, log }: { routes: readonly Route[]; upgrade: Upgrade; log: Logger },
  ): Promise<GatewayServer> {
    // Who offers HTTP/2 by the way (`Upgrade: h2c`, as Java's client does) is answered in HTTP/1.1.
    const isWebSocket = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';
    const server = createServer({ ServerResponse: GatewayResponse, shouldUpgradeCallback: isWebSocket });
    const extra = extraListeners(server);
    const close = gracefulClose(server, extra);
    await listenTogether([server, ...extra], { host, port });
    for (const each of [server, ...extra]) {
      each.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));
    }
    const address = server.address() as AddressInfo;
    const name = address.address.includes(':') ? `[${address.address}]` : address.address;
    const gateway = new GatewayServer(close, `http://${name}:${address.port}`);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.timeout = idleMs;
    server.on('request', (request, response) => {
      if (gateway.isDraining) response.setHeader('connection', 'close');
      answer(routes, request, response).catch((error: unknown) => {
        log.error({ err: error, path: pathOf(request) }, 'a request failed');
        response.destroy();
      });
    });
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy()); // from here on nobody else listens, and an error would end the process
      if (!isUpgradable(request)) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      else if (!upgrade(request, socket, head)) socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
    });
    return gateway;
  }

  /** Takes no new connections, lets requests under way finish, and tells kept-alive clients to go. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.isDraining = true;
    await this.close();
  }
}

/** An upgrade needs HTTP/1.1 and a Host (RFC 6455, 4.1); Node looks at neither for upgrades. */
function isUpgradable({ httpVersionMajor, httpVersionMinor, headers }: IncomingMessage): boolean {
  return httpVersionMajor === 1 && httpVersionMinor >= 1 && headers.host !== undefined;
}

async function answer(routes: readonly Route[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const route of routes) {
    const answered = route(request, response);
    if (answered === true || (answered !== false && (await answered))) return;
  }
  response.writeHead(404, { 'content-type': 'application/json; charset=utf-8' });
  response.end('{"error":"Not found"}');
}

/** The path of a request's URL, without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Answers whatever comes to exactly this path. */
export function onPath(
  path: string,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Route {
  return (request, response) => pathOf(request) === path && handle(request, response).then(() => true);
}
