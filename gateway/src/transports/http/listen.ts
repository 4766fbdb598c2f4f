/**
 * Listens on several sockets with one address, for the reconnect storm after another gateway has died. Node accepts one connection
 * per event-loop turn. If a socket's queue is full, clients retry after 1, 3, 7 and more seconds or are reset; each further socket
 * adds a queue. See docs/decisions/four-listening-sockets.md.
 */
import { expectFree } from '@chat/kit/process/free-port';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Queue length of each socket, in connections. The kernel's limit (somaxconn) also applies. */
const BACKLOG = 4_096;

/** Only Linux distributes connections among sockets of one address (SO_REUSEPORT). */
const SOCKETS = process.platform === 'linux' ? 4 : 1;

/** Servers that accept connections on behalf of `server`. They must listen and close with it. */
export function extraListeners(server: HttpServer): Server[] {
  const options = { allowHalfOpen: true, noDelay: true }; // the options of an HTTP server
  return Array.from({ length: SOCKETS - 1 }, () =>
    createServer(options, (socket) => void server.emit('connection', socket)),
  );
}

/** Listens on all servers with one port; port 0 picks a free one. @throws EADDRINUSE and other errors of `listen` */
export async function listenTogether(
  servers: readonly Server[],
  { host, port }: { host: string; port: number },
): Promise<void> {
  const reusePort = servers.length > 1;
  // With SO_REUSEPORT, a second gateway on the same port would silently share it.
  if (reusePort && port !== 0) await expectFree({ host, port });
  try {
    for (const server of servers) {
      await once(server.listen({ host, port, backlog: BACKLOG, reusePort }), 'listening');
      ({ port } = server.address() as AddressInfo);
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}
