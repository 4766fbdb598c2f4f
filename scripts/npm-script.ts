/** Runs other scripts of package.json and programs in node_modules, with their output passed on. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './subgraphs';

/** Returns the exit code, 1 if a signal ended the script. */
export function runNpmScript(name: string, args: readonly string[] = []): number {
  return run('npm', ['run', '--silent', name, '--', ...args]);
}

/** Likewise, for a program of a dependency. */
export function runProgram(name: string, args: readonly string[]): number {
  return run(join(ROOT, 'node_modules/.bin', name), args);
}

function run(command: string, args: readonly string[]): number {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}
