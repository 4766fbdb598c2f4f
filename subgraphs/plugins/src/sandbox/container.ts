/**
 * The sandbox as a container of podman or docker: the arguments that start it, and its end. Uses no image of its own: the files that the host process
 * needs are mounted from this machine, so the engine has to see the same files. Chooses no isolation.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export interface ContainerEngine {
  /** The program and its general options, such as `podman --runtime runc`. */
  command: readonly string[];
  /** The image below the mounts, which may be empty; podman needs none. */
  image?: string;
}

export interface ContainerOptions {
  /** Folders and files of this machine and their places in the container. */
  mounts: readonly (readonly [source: string, target: string])[];
  /** The program and its arguments, in the container. */
  program: readonly string[];
  folder: string;
  memoryBytes: number;
  cpuSeconds: number;
  openFiles: number;
}

/** Threads and processes; each plugin has a thread. */
const MAX_TASKS = 1_024;
/** The account `nobody`. */
const USER = '65534:65534';

export class Container {
  private readonly name = `chat-plugins-${randomBytes(8).toString('hex')}`;
  private readonly root: string | undefined;

  constructor(private readonly engine: ContainerEngine) {
    if (engine.image !== undefined) return;
    this.root = mkdtempSync(join(tmpdir(), 'chat-plugins-root-'));
    chmodSync(this.root, 0o755); // for the account in the container
  }

  /** The command that runs it; its channel is the standard input and output. */
  command({ mounts, program, folder, memoryBytes, cpuSeconds, openFiles }: ContainerOptions): string[] {
    const { command, image } = this.engine;
    const isPodman = /^podman/.test(basename(command[0]!));
    return [
      ...command,
      'run',
      '--rm',
      '--interactive',
      ...['--name', this.name],
      ...['--hostname', 'sandbox'],
      ...['--network', 'none'],
      '--read-only',
      // Podman would add folders in memory that can be written.
      ...(isPodman ? ['--read-only-tmpfs=false'] : []),
      ...['--cap-drop', 'all'],
      ...['--security-opt', 'no-new-privileges'],
      ...['--user', USER],
      ...['--pids-limit', String(MAX_TASKS)],
      ...['--memory', String(memoryBytes)],
      ...['--memory-swap', String(memoryBytes)],
      // Podman's own default may be more than its account may have.
      ...['--ulimit', `nproc=${MAX_TASKS}:${MAX_TASKS}`],
      ...['--ulimit', 'core=0:0'],
      ...['--ulimit', 'fsize=0:0'],
      ...['--ulimit', `cpu=${cpuSeconds}:${cpuSeconds}`],
      ...['--ulimit', `nofile=${openFiles}:${openFiles}`],
      // The channel is no log.
      ...['--log-driver', 'none'],
      ...['--workdir', folder],
      ...mounts.flatMap(([source, target]) => ['--volume', `${source}:${target}:ro`]),
      ...(this.root === undefined ? [image!] : ['--rootfs', this.root]),
      ...program,
    ];
  }

  /** Ends it, also if the command that runs it is dead. Does not wait. */
  kill(): void {
    const [file, ...options] = this.engine.command;
    spawn(file!, [...options, 'kill', '--signal', 'KILL', this.name], {
      detached: true,
      cwd: tmpdir(),
      stdio: 'ignore',
    })
      .on('error', () => undefined)
      .unref();
    // Here it holds empty folders only, in which the engine has mounted.
    if (this.root !== undefined) rmSync(this.root, { recursive: true, force: true });
  }
}
