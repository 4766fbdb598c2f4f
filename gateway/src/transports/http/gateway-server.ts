/** The gateway's HTTP server: routing by path and graceful shutdown. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { gracefulClose } from '@chat/kit/graceful-close';
import type { Logger } from '@chat/kit/logging';
import { GatewayResponse } from './gateway-response';
import { listenTogether, extraListeners } from './listen';

/** Handles a request, or resolves to false if it is for another route. */
export type Route = (request: IncomingMessage, response: ServerResponse) => Promise<boolean> | boolean;

/** Takes over an upgrade request, or returns false. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** Longer than the idle timeout of common proxies, so that a proxy never reuses a connection that is being closed. */
const KEEP_ALIVE_MS = 65_000;

export class GatewayServer implements AsyncDisposable {
  private isDraining = false;

  private constructor(
    private readonly close: () => Promise<void>,
    /** `http://host:port` */
    readonly url: string,
  ) {}

  /**
   * Tries `routes` in order; the response is 404 if none matches. A connection with an open request and no traffic for `idleMs` is
   * ended, since unread responses fill memory. @throws if the address is in use.
   */
  static async listen(
    { host, port, idleMs }: { host: string; port: number; idleMs: number },
    { routes, upgrade, log }: { routes: readonly Route[]; upgrade: Upgrade; log: Logger },
  ): Promise<GatewayServer> {
    // A request that offers HTTP/2 (`Upgrade: h2c`, as from Java's client) gets an HTTP/1.1 response.
    const isWebSocket = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';
    const server = createServer({ ServerResponse: GatewayResponse, shouldUpgradeCallback: isWebSocket });
    const extra = extraListeners(server);
    const close = gracefulClose(server, extra);
    await listenTogether([server, ...extra], { host, port });
    for (const each of [server, ...extra]) {
      each.on('error', (error) => log.error({ err: error }, 'connection could not be accepted'));
    }
    const address = server.address() as AddressInfo;
    const name = address.address.includes(':') ? `[${address.address}]` : address.address;
    const gateway = new GatewayServer(close, `http://${name}:${address.port}`);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.timeout = idleMs;
    server.requestTimeout = 0; // an upload takes as long as it has bytes; `timeout` ends silent ones
    server.on('request', (request, response) => {
      if (gateway.isDraining) response.setHeader('connection', 'close');
      answer(routes, request, response).catch((error: unknown) => {
        log.error({ err: error, path: pathOf(request) }, 'request failed');
        response.destroy();
      });
    });
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy()); // an error without a listener would end the process
      if (!isUpgradable(request)) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      else if (!upgrade(request, socket, head)) socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
    });
    return gateway;
  }

  /** From now on, each response asks its client, or the proxy in front, to close the connection and to open no other one here. */
  startDraining(): void {
    this.isDraining = true;
  }

  /** Accepts no new connections, finishes requests in flight, and closes keep-alive connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.isDraining = true;
    await this.close();
  }
}

/** An upgrade needs HTTP/1.1 and a Host header (RFC 6455, 4.1). Node checks neither. */
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

/** The path of a request's URL, without the query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Handles every request to exactly this path. */
export function onPath(
  path: string,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Route {
  return (request, response) => pathOf(request) === path && handle(request, response).then(() => true);
}
