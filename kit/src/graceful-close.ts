/** Closes an HTTP server without cutting off active connections, and without waiting for idle ones. */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';

/** How often connections that have become idle are closed while the server closes, in milliseconds. */
const SWEEP_MS = 50;

/** How long a new connection has for its first request while the server closes, in milliseconds. */
const FIRST_REQUEST_MS = 500;

/**
 * Must be called before the server listens. `doors` are servers that hand their connections to it, and close with it.
 *
 * @returns the function that closes the server: no new connections are taken, answers under way are finished, and idle connections
 * are ended, also those on which nothing was ever asked. Node counts these as busy until its header time-out, a minute;
 * browsers open them in advance, and clients that cancel a request leave them behind.
 */
export function gracefulClose(server: Server, doors: readonly NetServer[] = []): () => Promise<void> {
  /** Connections without a request so far, and when they were accepted. */
  const unused = new Map<Socket, number>();
  function forget(this: Socket): void {
    unused.delete(this);
  }
  const use = ({ socket }: IncomingMessage) => unused.delete(socket);
  server.on('connection', (socket) => {
    unused.set(socket, performance.now());
    socket.once('close', forget);
  });
  server.on('request', use);
  server.on('upgrade', use);
  return async () => {
    const sweep = setInterval(() => {
      server.closeIdleConnections(); // connections that were busy when the server closed are idle only now
      // The first request may be on its way, and a proxy could not repeat it if it is a POST.
      for (const [socket, since] of unused) if (performance.now() - since > FIRST_REQUEST_MS) socket.destroy();
    }, SWEEP_MS);
    const closed = [server, ...doors].map(
      (each: NetServer) => new Promise<void>((resolve) => each.close(() => resolve())),
    );
    server.closeIdleConnections();
    await Promise.all(closed);
    clearInterval(sweep);
  };
}
