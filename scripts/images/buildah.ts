/** buildah and podman on a storage folder of their own. Their output goes to a log file in it, and into the error if they fail. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@chat/kit/process/startup-error';

/** Lines of the log that an error shows. */
const LAST_LINES = 15;

export class Buildah {
  readonly logFile: string;

  constructor(readonly storage: string) {
    mkdirSync(storage, { recursive: true });
    this.logFile = join(storage, 'build.log');
  }

  /** The options that both programs share. vfs needs neither an engine nor a module of the kernel. */
  get options(): string[] {
    return ['--storage-driver=vfs', `--root=${this.storage}/root`, `--runroot=${this.storage}/run`];
  }

  /** Runs a command for its effect. @throws StartupError with the end of its output */
  run(...args: string[]): void {
    runLogged(this.logFile, 'buildah', [...this.options, ...args]);
  }

  /** Runs a command for its output. @throws if it fails */
  read(...args: string[]): string {
    return execFileSync('buildah', [...this.options, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  has(image: string): boolean {
    return spawnSync('buildah', [...this.options, 'inspect', '--type=image', image]).status === 0;
  }

  /** A container with the image's files, until it is disposed of. */
  mount(image: string): { root: string } & Disposable {
    const container = this.read('from', '--pull=never', image).trim();
    return { root: this.read('mount', container).trim(), [Symbol.dispose]: () => void this.read('rm', container) };
  }
}

/** Replaces the log file. @throws StartupError with the end of the output */
export function runLogged(logFile: string, command: string, args: string[], env = process.env): void {
  const log = openSync(logFile, 'w');
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', log, log], env });
  closeSync(log);
  if (status === 0) return;
  const output = readFileSync(logFile, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n');
  throw new StartupError(`${output}\n${error?.message ?? `${command} failed`}. All of its output is in ${logFile}.`);
}
