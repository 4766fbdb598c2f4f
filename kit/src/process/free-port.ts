/** Finds TCP ports for servers that this process starts. Does not reserve them: bind a port soon after asking for it. */
import { randomInt } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';

/** Below the range from which systems take ports for outgoing connections, so that a server can come back to its port. */
const FIRST = 20_000;
const LAST = 32_000;

/** What the system says if an address cannot be bound; every other error is one of the connection. */
const BIND_ERRORS = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'EINVAL']);

/** A random port on which nothing listens at `host`. Random, so that processes that ask at the same time rarely get the same. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(FIRST, LAST);
    const isFree = await expectFree({ host, port }).then(
      () => true,
      () => false,
    );
    if (isFree) return port;
  }
  throw new Error(`No free port was found between ${FIRST} and ${LAST}.`);
}

/**
 * Binds an address for a moment, as listening would, but without listening: a client or a proxy that came in just then would be reset.
 * @throws EADDRINUSE if another process listens there, or any other error of binding
 */
export async function expectFree({ host, port }: { host: string; port: number }): Promise<void> {
  const { address, family } = await lookup(host);
  // Nothing answers at this port of the own machine, and the connection is not the point.
  const nobody = { host: family === 6 ? '::1' : '127.0.0.1', port: 1 };
  const probe = connect({ ...nobody, localAddress: address, localPort: port });
  const error = await once(probe, 'connect').then(
    () => undefined,
    (failure: NodeJS.ErrnoException) => failure,
  );
  probe.destroy();
  if (!error?.code || !BIND_ERRORS.has(error.code)) return;
  throw Object.assign(new Error(`listen ${error.code}: ${host}:${port}`), {
    code: error.code,
    syscall: 'listen',
    address: host,
    port,
  });
}
