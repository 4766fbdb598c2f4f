/** Closes an HTTP server without cutting anybody off, and without waiting for those who ask for nothing. */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';

/** How often connections that have become idle are closed while the server closes, in milliseconds. */
const SWEEP_MS = 50;

/**
 * Must be called before the server listens. `doors` are servers that hand their connections to it, and close with it.
 *
 * @returns what closes the server: no new connections are taken, answers under way are finished, and idle connections
 * are ended, also those on which nothing was ever asked. Node counts these as busy until its header time-out, a minute;
 * browsers open them in advance, and clients that cancel a request leave them behind.
 */
export function gracefulClose(server: Server, doors: readonly NetServer[] = []): () => Promise<void> {
  const unused = new Set<Socket>();
  function forget(this: Socket): void {
    unused.delete(this);
  }
  const use = ({ socket }: IncomingMessage) => unused.delete(socket);
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', forget);
  });
  server.on('request', use);
  server.on('upgrade', use);
  return async () => {
    const sweep = setInterval(() => {
      server.closeIdleConnections(); // what was busy when the server closed is idle only now
      for (const socket of unused) socket.destroy();
    }, SWEEP_MS);
    const closed = [server, ...doors].map(
      (each: NetServer) => new Promise<void>((resolve) => each.close(() => resolve())),
    );
    server.closeIdleConnections();
    await Promise.all(closed);
    clearInterval(sweep);
  };
}
