/** The public address of this installation, known before the gateway listens, because subgraphs put it into links. */
import { expectFree, freePort } from '@chat/kit/process/free-port';
import type { StandaloneConfig } from './config';

/** Addresses that stand for all interfaces and cannot be connected to. */
const WILDCARDS = new Set(['0.0.0.0', '::', '[::]']);

type Address = Pick<StandaloneConfig, 'HOST' | 'PORT' | 'PUBLIC_URL'>;

/** Replaces `PORT=0` by a free port. @throws EADDRINUSE if the port is in use, before any server is started for it */
export async function publicAddress({ HOST, PORT: given, PUBLIC_URL }: Address) {
  const PORT = given === 0 ? await freePort(HOST) : given;
  await expectFree({ host: HOST, port: PORT });
  const host = WILDCARDS.has(HOST) ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST;
  return { PORT, PUBLIC_URL: PUBLIC_URL ?? `http://${host}:${PORT}` };
}
