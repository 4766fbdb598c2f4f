/** Finds TCP ports for servers that this process starts. Does not reserve them: who gets one should bind it soon. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which systems take ports for outgoing connections, so that a server can come back to its port. */
const FIRST = 20_000;
const LAST = 32_000;

/** A random port on which nothing listens at `host`. Random, so that processes that ask at the same time rarely get the same. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(FIRST, LAST);
    if (await canBind(port, host)) return port;
  }
  throw new Error(`No free port was found between ${FIRST} and ${LAST}.`);
}

function canBind(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
