/**
 * A real ClamAV daemon for tests and benches, from the PATH or from Debian's packages, with signatures that the test supplies. Downloads
 * no virus definitions.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchDebianPackages } from '../embedded/debian-packages';
import { freePort } from '../process/free-port';
import { ServiceProcess } from '../process/service-process';

const run = promisify(execFile);

/** The harmless test file that every scanner detects, in two parts so that a scanner passes this source. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

/** A signature file in ClamAV's .ndb format: one signature per name, for the bytes of a text at any offset. */
export const signatures = (texts: Record<string, string>): string =>
  Object.entries(texts)
    .map(([name, text]) => `${name}:0:*:${Buffer.from(text).toString('hex')}\n`)
    .join('');

export interface ClamAvPrograms {
  clamd: string;
  clamdscan: string;
  env: NodeJS.ProcessEnv;
}

export async function findClamAv(): Promise<ClamAvPrograms> {
  const found = await run('/bin/sh', ['-c', 'command -v clamd && command -v clamdscan']).catch(() => undefined);
  if (found) {
    const [clamd = '', clamdscan = ''] = found.stdout.trim().split('\n');
    return { clamd, clamdscan, env: {} };
  }
  const { root, libraryPath } = await fetchDebianPackages({
    name: 'clamav',
    packages: ['clamav-daemon', 'clamdscan'],
    program: 'usr/sbin/clamd',
  });
  return {
    clamd: join(root, 'usr/sbin/clamd'),
    clamdscan: join(root, 'usr/bin/clamdscan'),
    env: { LD_LIBRARY_PATH: libraryPath },
  };
}

export interface ClamAv extends AsyncDisposable {
  host: string;
  port: number;
  socket: string;
  /** The configuration, which clamdscan reads too. */
  configFile: string;
  programs: ClamAvPrograms;
  readonly pid: number | undefined;
  /** Replaces the signatures and waits until the daemon has loaded them. */
  learn(signatures: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends the daemon with SIGKILL. */
  kill(): Promise<void>;
}

export interface ClamAvOptions {
  /** An empty or missing folder. */
  dir: string;
  /** Default: {@link EICAR} as Test.Eicar. */
  signatures?: string;
  /** Settings of clamd.conf that replace or complete the defaults; null removes one. */
  settings?: Record<string, string | null>;
}

/** Starts clamd on a free port of 127.0.0.1 and on a socket in `dir`. Takes about 0.1 s. */
export async function startClamAv(options: ClamAvOptions): Promise<ClamAv> {
  const { dir, settings = {} } = options;
  const database = join(dir, 'database');
  const socket = join(dir, 'clamd.sock');
  const configFile = join(dir, 'clamd.conf');
  await mkdir(database, { recursive: true });
  const write = (text: string) => writeFile(join(database, 'tests.ndb'), text);
  await write(options.signatures ?? signatures({ 'Test.Eicar': EICAR }));
  const programs = await findClamAv();
  const port = await freePort();
  const lines: Record<string, string | null> = {
    Foreground: 'yes',
    DatabaseDirectory: database,
    LocalSocket: socket,
    TCPSocket: String(port),
    TCPAddr: '127.0.0.1',
    TemporaryDirectory: dir,
    AlertExceedsMax: 'yes',
    ConcurrentDatabaseReload: 'no',
    ...settings,
  };
  const text = Object.entries(lines).flatMap(([name, value]) => (value === null ? [] : `${name} ${value}\n`));
  await writeFile(configFile, text.join(''));
  const server = new ServiceProcess({
    name: 'ClamAV',
    command: programs.clamd,
    args: ['--config-file', configFile],
    env: programs.env,
    logFile: join(dir, 'clamd.log'),
    stopSignal: 'SIGTERM',
    isReady: () => command(port, 'PING').then((answer) => answer === 'PONG'),
  });
  const start = async () => {
    await rm(socket, { force: true }); // a killed daemon leaves it behind
    await server.start();
  };
  await start();
  return {
    host: '127.0.0.1',
    port,
    socket,
    configFile,
    programs,
    get pid() {
      return server.pid;
    },
    start,
    stop: () => server.stop(),
    kill: () => server.kill(),
    async learn(replacement) {
      await write(replacement);
      // A restart, as RELOAD answers before the signatures are loaded.
      await server.stop();
      await start();
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** The answer to a command of clamd's protocol, or an empty text if the daemon is away. */
function command(port: number, name: string): Promise<string> {
  return new Promise((settle) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(`z${name}\0`));
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => settle(answer.replace(/\0$/, '')));
  });
}
