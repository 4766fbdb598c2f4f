/**
 * Runs a server (a database, a cache) as a child process: waits until it is ready, brings it back when it dies unasked,
 * and takes it down with this process. It is detached, so that Ctrl-C reaches it only through us, after connections are drained.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logging';
import { callAtExit } from './at-exit';
import { StartupError } from './startup-error';

export interface ServiceCommand {
  /** For logs and errors: PostgreSQL, Redis. */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** Receives the server's output; its end is quoted if the server does not start. */
  logFile: string;
  /** The signal that asks for an orderly end. */
  stopSignal: NodeJS.Signals;
  /** Asked every 20 ms after a start until it says yes. */
  isReady: (pid: number) => Promise<boolean>;
}

/** Longest wait for a server to become ready, in milliseconds; recovery of a large database after a crash is the slow case. */
const START_TIMEOUT_MS = 60_000;
/** A server that dies at once is started again until this many milliseconds have passed; its predecessor may still be ending. */
const RETRY_FOR_MS = 10_000;
/** Pause before a server that does not start again is tried once more, in milliseconds. */
const RESTART_PAUSE_MS = 5000;
/** How long a server has to end by itself before it is killed, in milliseconds. */
const STOP_TIMEOUT_MS = 15_000;

export class ServiceProcess implements AsyncDisposable {
  private child: ChildProcess | undefined;
  private isWanted = false;
  /** Counts `stop` and `kill`: a restart that was under way gives up. */
  private ends = 0;
  /** Lets it outlive this process. */
  private unregister?: () => void;

  constructor(
    private readonly service: ServiceCommand,
    private readonly log?: Logger,
  ) {}

  /** The server's process id while it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts the server and resolves when it is ready. Does nothing if it is running.
   * @throws with the end of its log if it is not ready within a minute or ends again and again.
   */
  async start(): Promise<void> {
    if (this.child) return;
    this.isWanted = true;
    this.unregister ??= callAtExit(() => this.child?.kill(this.service.stopSignal));
    const began = performance.now();
    for (;;) {
      const child = await this.spawn();
      if (await this.becomesReady(child)) return this.watch(child);
      if (!this.isWanted) return;
      if (performance.now() - began > RETRY_FOR_MS) break;
      await delay(200);
    }
    this.isWanted = false;
    const output = (await readFile(this.service.logFile, 'utf8').catch(() => ''))
      .trim()
      .split('\n')
      .slice(-8)
      .join('\n');
    throw new StartupError(`${this.service.name} did not start. The end of ${this.service.logFile}:\n${output}`);
  }

  /** Ends the server in an orderly way, by force after 15 s. It stays down until `start`. */
  async stop(): Promise<void> {
    await this.end(this.service.stopSignal);
  }

  /** Ends the server by SIGKILL, as a crash would. It stays down until `start`. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    this.isWanted = false;
    this.ends++;
    this.unregister?.();
    this.unregister = undefined;
    const child = this.child;
    if (!child) return;
    const exited = once(child, 'exit');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill(signal);
    await exited;
    clearTimeout(force);
  }

  private async spawn(): Promise<ChildProcess> {
    const { command, args, env, uid, gid, logFile, name } = this.service;
    await using output = await open(logFile, 'a', 0o600);
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      env: env ?? {},
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    this.child = child;
    child.once('exit', () => (this.child = undefined));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        this.child = undefined;
        reject(new Error(`${name} could not be started: ${error.message}`));
      });
    });
    return child;
  }

  private async becomesReady(child: ChildProcess): Promise<boolean> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (this.child === child) {
      if (await this.service.isReady(child.pid!)) return true;
      if (performance.now() > deadline) child.kill('SIGKILL');
      await delay(20);
    }
    return false;
  }

  private watch(child: ChildProcess): void {
    child.unref();
    child.once('exit', (code, signal) => {
      if (!this.isWanted) return;
      this.log?.error({ code, signal }, `${this.service.name} ended unexpectedly and is started again`);
      void this.restart();
    });
  }

  /** Tries until it works: a full disk, for example, is cleared by somebody else. */
  private async restart(): Promise<void> {
    const { ends } = this;
    while (this.ends === ends) {
      try {
        return await this.start();
      } catch (error) {
        this.log?.fatal({ err: error }, `${this.service.name} is down; trying again until it starts`);
        await delay(RESTART_PAUSE_MS, undefined, { ref: false });
      }
    }
  }
}
