/**
 * Listening with room for everybody who comes at once when another gateway has died. Node accepts one connection in a turn of
 * its event loop; whoever finds the queue full is tried again after 1, 3, 7, … seconds, or reset. So several sockets share
 * one address, each with a queue of its own.
 */
import { expectFree } from '@chat/kit/process/free-port';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** How many connections may wait at each socket. The kernel's own limit (somaxconn) holds, too. */
const BACKLOG = 4_096;

/** Only Linux shares connections out among sockets of one address (SO_REUSEPORT). */
const SOCKETS = process.platform === 'linux' ? 4 : 1;

/** Servers that take connections on behalf of `server`, and have to listen and close with it. */
export function extraListeners(server: HttpServer): Server[] {
  const options = { allowHalfOpen: true, noDelay: true }; // as an HTTP server has them
  return Array.from({ length: SOCKETS - 1 }, () =>
    createServer(options, (socket) => void server.emit('connection', socket)),
  );
}

/** Port 0 is any that is free, the same for all. @throws EADDRINUSE and the like */
export async function listenTogether(
  servers: readonly Server[],
  { host, port }: { host: string; port: number },
): Promise<void> {
  const reusePort = servers.length > 1;
  // Sockets that share their address would share it with those of another gateway as well, in silence.
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
