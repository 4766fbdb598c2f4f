/** Finds TCP ports for servers that this process starts. Does not reserve them: bind a port soon after asking for it. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ListenOptions } from 'node:net';

/** Below the range from which systems take ports for outgoing connections, so that a server can come back to its port. */
const FIRST = 20_000;
const LAST = 32_000;

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

/** Listens at an address for a moment. @throws EADDRINUSE if another process listens there, or any other error of listening */
export async function expectFree(address: ListenOptions): Promise<void> {
  const probe = createServer();
  await once(probe.listen({ ...address, exclusive: true }), 'listening');
  await new Promise((resolve) => probe.close(resolve));
}
