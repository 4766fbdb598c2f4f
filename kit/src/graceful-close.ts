/** Closes an HTTP server without cutting off active connections, and without waiting for idle ones. */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How often connections that have become idle are closed while the server closes, in milliseconds. */
const SWEEP_MS = 50;

/** How long a new connection has for its first request while the server closes, in milliseconds. */
const FIRST_REQUEST_MS = 500;

/** Longest wait for a quiet turn of the event loop, in milliseconds. */
const QUIET_WITHIN_MS = 1_000;

/**
 * Must be called before the server listens. `doors` are servers that hand their connections to it, and close with it.
 *
 * @returns the function that closes the server: it stops listening at a moment in which no connection is queued. Answers under way are
 * finished, and idle connections are ended, also those on which nothing was ever asked. Node counts these as busy until its header
 * time-out, a minute; browsers open them in advance, and clients that cancel a request leave them behind.
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
    server.closeIdleConnections();
    await quietTurn();
    const sweep = setInterval(() => {
      server.closeIdleConnections(); // connections that were busy when the server closed are idle only now
      // The first request may be on its way, and a proxy could not repeat it if it is a POST.
      for (const [socket, since] of unused) if (performance.now() - since > FIRST_REQUEST_MS) socket.destroy();
    }, SWEEP_MS);
    const closed = [...doors, server].map(
      (each: NetServer) => new Promise<void>((resolve) => each.close(() => resolve())),
    );
    await Promise.all(closed);
    clearInterval(sweep);
  };
}

/**
 * Resolves in a turn of the event loop in which nothing happened. The kernel resets the connections that it has queued when a server closes, and
 * a proxy may not repeat their requests. A server accepts one connection a turn, so a queue makes each turn an event.
 */
async function quietTurn(): Promise<void> {
  const deadline = performance.now() + QUIET_WITHIN_MS;
  const { nodeTiming } = performance;
  for (let before = -1; before !== nodeTiming.uvMetricsInfo.events && performance.now() < deadline;) {
    before = nodeTiming.uvMetricsInfo.events;
    await nextTurn();
  }
}
