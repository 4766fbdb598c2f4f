/** The command that starts the host process: inside bubblewrap, or as a process of its own where bubblewrap is missing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { Duplex } from 'node:stream';
import { seccompFilter } from './seccomp';

export type Isolation = 'bubblewrap' | 'process';

export interface LaunchOptions {
  /** Name or path of bubblewrap. */
  bwrap: string;
  /** Processor time after which the kernel ends the process, in seconds; it is started again. */
  cpuSeconds: number;
  /** Address space of the process, in bytes. The supervisor limits resident memory; see {@link ProcessSandbox}. */
  openFiles: number;
  /** After this time, a thread that has not started is replaced, in milliseconds; default 5,000. */
  threadStartMs?: number;
}

export interface Launched {
  child: ChildProcess;
  /** File descriptor 3 of the process. */
  channel: Duplex;
}

const extension = extname(__filename);

/** The packages that the host loads, with the folders that hold them. */
const PACKAGES = ['quickjs-emscripten-core', '@jitl/quickjs-ffi-types', '@jitl/quickjs-wasmfile-release-sync'] as const;

const packageFolder = (name: string): string => {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (folder === dirname(folder)) throw new Error(`${name} is not installed.`);
  }
};

/** Where everything is mounted inside of bubblewrap. */
const ROOT = '/app';

/** Folders of the system with libraries; missing ones are skipped. */
const LIBRARIES = ['/lib', '/lib64', '/usr/lib', '/usr/lib64'];

/** Sets the kernel's limits and becomes the program: no core dumps, no files, processor time, open files. */
const SET_LIMITS = 'ulimit -c 0; ulimit -f 0; ulimit -t "$1"; ulimit -n "$2"; shift 2; exec "$@"';

function nodeFlags(root: string): string[] {
  return [
    '--permission',
    '--allow-worker',
    `--allow-fs-read=${root}`,
    '--disable-proto=delete',
    '--disallow-code-generation-from-strings',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
    '--no-addons',
  ];
}

/** Arguments of bubblewrap. `filterFd` is the descriptor of the filter of system calls. */
export function bubblewrapArguments(filterFd: number | undefined): string[] {
  const mounts = LIBRARIES.flatMap((folder) => ['--ro-bind-try', folder, folder]);
  for (const name of PACKAGES) mounts.push('--ro-bind', packageFolder(name), `${ROOT}/node_modules/${name}`);
  return [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    '--cap-drop',
    'ALL',
    '--hostname',
    'sandbox',
    ...mounts,
    '--ro-bind',
    join(__dirname, 'host'),
    `${ROOT}/host`,
    '--ro-bind',
    realpathSync(process.execPath),
    `${ROOT}/node`,
    '--remount-ro',
    '/',
    '--chdir',
    ROOT,
    ...(filterFd === undefined ? [] : ['--seccomp', String(filterFd)]),
  ];
}

/** Starts the process. It says `pong` on its channel once it works. */
export function launch(
  isolation: Isolation,
  { bwrap, cpuSeconds, openFiles, threadStartMs = 5_000 }: LaunchOptions,
): Launched {
  const isInside = isolation === 'bubblewrap';
  const filter = isInside ? seccompFilter() : undefined;
  const root = isInside ? ROOT : dirname(dirname(packageFolder(PACKAGES[0])));
  const host = isInside ? `${ROOT}/host/host${extension}` : join(__dirname, 'host', `host${extension}`);
  const engine = join(
    isInside ? `${ROOT}/node_modules/${PACKAGES[2]}` : packageFolder(PACKAGES[2]),
    'dist/emscripten-module.wasm',
  );
  const readable = isInside
    ? [ROOT]
    : [join(__dirname, 'host'), ...PACKAGES.map(packageFolder), `${root}/package.json`];
  const program = [host, engine, String(threadStartMs)];
  const flags = readable.flatMap((folder, index) => (index === 0 ? nodeFlags(folder) : [`--allow-fs-read=${folder}`]));
  const command = isInside
    ? [bwrap, ...bubblewrapArguments(filter && 4), `${ROOT}/node`, ...flags, ...program]
    : [process.execPath, ...flags, ...program];
  const child = spawn('/bin/sh', ['-c', SET_LIMITS, 'sh', String(cpuSeconds), String(openFiles), ...command], {
    detached: true, // leads a process group, which is killed as one
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...(filter ? (['pipe'] as const) : [])],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
  });
  if (filter) (child.stdio[4] as Duplex).on('error', () => undefined).end(filter);
  return { child, channel: child.stdio[3] as Duplex };
}
