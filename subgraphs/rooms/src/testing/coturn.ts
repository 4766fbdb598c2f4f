/** A coturn of its own on the loopback, from the PATH or from Debian's packages, with the REST scheme of credentials. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { freePort } from '@chat/kit/process/free-port';
import { eventually } from '@chat/kit/testing/eventually';

const PROGRAM = 'usr/bin/turnserver';
const ADDRESS = '127.0.0.1';

export interface Coturn extends AsyncDisposable {
  host: string;
  port: number;
}

async function findCoturn(): Promise<{ program: string; libraryPath?: string }> {
  const found = await promisify(execFile)('/bin/sh', ['-c', 'command -v turnserver']).catch(() => undefined);
  if (found) return { program: found.stdout.trim() };
  const { root, libraryPath } = await fetchDebianPackages({ name: 'coturn', packages: ['coturn'], program: PROGRAM });
  return { program: join(root, PROGRAM), libraryPath };
}

/** Resolves once it listens. @throws with apt's message if coturn is neither installed nor available as a package */
export async function startCoturn(secret: string): Promise<Coturn> {
  const { program, libraryPath } = await findCoturn();
  const folder = await mkdtemp(join(tmpdir(), 'chat-coturn-'));
  const port = await freePort(ADDRESS);
  const [ip, realm] = [ADDRESS, 'chat.test'];
  const switches = [
    '-n',
    '--use-auth-secret',
    '--allow-loopback-peers',
    '--no-cli',
    '--no-tls',
    '--no-dtls',
    '--no-rfc5780',
  ];
  const values = [
    `--static-auth-secret=${secret}`,
    `--realm=${realm}`,
    `--listening-ip=${ip}`,
    `--relay-ip=${ip}`,
    `--listening-port=${port}`,
    `--userdb=${join(folder, 'turndb')}`,
    `--pidfile=${join(folder, 'pid')}`,
    '--log-file=stdout',
  ];
  const server = spawn(program, [...switches, ...values], {
    cwd: folder,
    env: { ...process.env, ...(libraryPath !== undefined && { LD_LIBRARY_PATH: libraryPath }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = once(server, 'exit');
  const end = async () => {
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(async () => {
      const socket = connect(port, ip); // it opens its listeners for TCP after those for UDP
      await once(socket, 'connect').finally(() => socket.destroy());
    }, 'coturn to listen');
  } catch (error) {
    await end();
    throw new Error(`coturn did not start: ${output.slice(-1000)}`, { cause: error });
  }
  return { host: ip, port, [Symbol.asyncDispose]: end };
}
