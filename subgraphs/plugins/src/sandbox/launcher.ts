/** The command that starts the host process: in bubblewrap, in a container, or as a process of its own where bubblewrap is missing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import { Container, type ContainerEngine } from './container';
import { hostFiles, modulesOf } from './host-files';
import { seccompFilter } from './seccomp';

export type Isolation = 'bubblewrap' | 'container' | 'process';

export interface LaunchOptions {
  /** Name or path of bubblewrap. */
  bwrap: string;
  container: ContainerEngine;
  /** Memory of a container, in bytes. Elsewhere the supervisor limits resident memory; see {@link ProcessSandbox}. */
  memoryBytes: number;
  /** Processor time after which the kernel ends the process, in seconds; it is started again. */
  cpuSeconds: number;
  openFiles: number;
  /** After this time, a thread that has not started is replaced, in milliseconds; default 5,000. */
  threadStartMs?: number;
}

export interface Launched {
  child: ChildProcess;
  /** The channel: file descriptor 3 of the process, or the standard input and output of a container. */
  reader: Readable;
  writer: Writable;
  /** Ends processes outside of the process group of `child`. */
  kill?: () => void;
}

/** The packages that the host loads, with the folders that hold them. */
const PACKAGES = ['quickjs-emscripten-core', '@jitl/quickjs-ffi-types', '@jitl/quickjs-wasmfile-release-sync'] as const;

const packageFolder = (name: string): string => {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (folder === dirname(folder)) throw new Error(`${name} is not installed.`);
  }
};

const files = () => hostFiles(modulesOf(packageFolder(PACKAGES[0]), PACKAGES[0]));

/** Where everything is mounted inside of bubblewrap. */
const ROOT = '/app';

/** Folders of the system with libraries; missing ones are skipped. */
const LIBRARIES = ['/lib', '/lib64', '/usr/lib', '/usr/lib64'];

/** Sets the kernel's limits and becomes the program: no core dumps, no files, processor time, open files. */
const SET_LIMITS = 'ulimit -c 0; ulimit -f 0; ulimit -t "$1"; ulimit -n "$2"; shift 2; exec "$@"';

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

function nodeFlags(readable: readonly string[]): string[] {
  return [
    '--permission',
    '--allow-worker',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--disable-proto=delete',
    '--disallow-code-generation-from-strings',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
    '--no-addons',
  ];
}

/** Files of this machine and their places in bubblewrap and containers, apart from the libraries. */
const mounts = (): [source: string, target: string][] => [
  ...PACKAGES.map((name): [string, string] => [packageFolder(name), `${ROOT}/node_modules/${name}`]),
  [files().folder, `${ROOT}/host`],
  [realpathSync(process.execPath), `${ROOT}/node`],
];

/** Arguments of bubblewrap. `filterFd` is the descriptor of the filter of system calls. */
export function bubblewrapArguments(filterFd: number | undefined): string[] {
  return [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    '--cap-drop',
    'ALL',
    '--hostname',
    'sandbox',
    ...LIBRARIES.flatMap((folder) => ['--ro-bind-try', folder, folder]),
    ...mounts().flatMap((mount) => ['--ro-bind', ...mount]),
    '--remount-ro',
    '/',
    '--chdir',
    ROOT,
    ...(filterFd === undefined ? [] : ['--seccomp', String(filterFd)]),
  ];
}

/** The program that runs as host, and its arguments. `root` is the folder in which it finds everything, undefined if it is outside. */
function programOf(root: string | undefined, threadStartMs: number, channel: 'stdio' | 'fd3'): string[] {
  const folder = (name: string) => (root === undefined ? packageFolder(name) : `${root}/node_modules/${name}`);
  const { folder: hostFolder, extension } = files();
  const host = root === undefined ? hostFolder : `${root}/host`;
  const outside = () => [
    host,
    ...PACKAGES.map(packageFolder),
    `${dirname(dirname(packageFolder(PACKAGES[0])))}/package.json`,
  ];
  return [
    root === undefined ? process.execPath : `${root}/node`,
    ...nodeFlags(root === undefined ? outside() : [root]),
    join(host, `host${extension}`),
    join(folder(PACKAGES[2]), 'dist/emscripten-module.wasm'),
    String(threadStartMs),
    channel,
  ];
}

/** Starts the process. It says `pong` on its channel once it works. */
export function launch(isolation: Isolation, options: LaunchOptions): Launched {
  const { bwrap, cpuSeconds, openFiles, threadStartMs = 5_000 } = options;
  if (isolation === 'container') return launchContainer(options, threadStartMs);
  const filter = isolation === 'bubblewrap' ? seccompFilter() : undefined;
  const command =
    isolation === 'bubblewrap'
      ? [bwrap, ...bubblewrapArguments(filter && 4), ...programOf(ROOT, threadStartMs, 'fd3')]
      : programOf(undefined, threadStartMs, 'fd3');
  const child = spawn('/bin/sh', ['-c', SET_LIMITS, 'sh', String(cpuSeconds), String(openFiles), ...command], {
    detached: true, // leads a process group, which is killed as one
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...(filter ? (['pipe'] as const) : [])],
    env: ENVIRONMENT,
  });
  if (filter) (child.stdio[4] as Duplex).on('error', () => undefined).end(filter);
  const channel = child.stdio[3] as Duplex;
  return { child, reader: channel, writer: channel };
}

function launchContainer({ container: engine, memoryBytes, cpuSeconds, openFiles }: LaunchOptions, startMs: number) {
  const container = new Container(engine);
  const libraries = LIBRARIES.filter((folder) => existsSync(folder)).map((folder): [string, string] => [
    folder,
    folder,
  ]);
  const [file, ...args] = container.command({
    mounts: [...libraries, ...mounts()],
    program: programOf(ROOT, startMs, 'stdio'),
    folder: ROOT,
    memoryBytes,
    cpuSeconds,
    openFiles,
  });
  // Engines find their settings and sockets by the environment; the container gets nothing of it.
  const child = spawn(file!, args, { detached: true, cwd: tmpdir(), stdio: ['pipe', 'pipe', 'pipe'] });
  return { child, reader: child.stdout, writer: child.stdin, kill: () => container.kill() };
}
