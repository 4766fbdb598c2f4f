/** Which isolations this machine has, for tests. */
import { createLogger } from '@chat/kit/logging';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Container, type ContainerEngine } from './container';
import { seccompFilter } from './seccomp';
import type { Isolation } from './launcher';
import { ProcessSandbox, type ProcessSandboxOptions } from './process-sandbox';

export const hasBubblewrap: boolean =
  spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '/bin/true'], { timeout: 10_000 }).status === 0;

/** Both kinds where bubblewrap works; the process alone elsewhere, which is said. */
export const isolations: readonly Isolation[] = hasBubblewrap ? ['bubblewrap', 'process'] : ['process'];

if (!hasBubblewrap)
  process.stderr.write('bubblewrap is missing or not allowed on this machine: the sandbox is tested without it.\n');

/** Podman as it is set up, and as it works in a machine without systemd and user namespaces, with its own storage or with another. */
const RUNC = ['podman', '--runtime', 'runc', '--cgroup-manager=cgroupfs'];
const ENGINES: readonly ContainerEngine[] = [
  { command: ['podman'] },
  { command: RUNC },
  { command: [...RUNC, '--storage-driver', 'vfs'] },
];

/** An engine that runs containers here; undefined if there is none, which is said. */
export function findEngine(): ContainerEngine | undefined {
  const found = ENGINES.find((engine) => {
    const container = new Container(engine);
    const mounts = ['/lib', '/lib64', '/usr/lib'].filter(existsSync).map((folder) => [folder, folder] as const);
    const limits = { memoryBytes: 64 << 20, cpuSeconds: 10, openFiles: 64 };
    const [file, ...args] = container.command({
      mounts: [...mounts, ['/bin/true', '/app/true']],
      program: ['/app/true'],
      folder: '/app',
      ...limits,
    });
    const { status } = spawnSync(file!, args, { timeout: 20_000 });
    container.kill();
    return status === 0;
  });
  if (!found) process.stderr.write('No engine runs containers on this machine: the sandbox is not tested in one.\n');
  return found;
}

/** Whether the machine has a filter of system calls. */
export const hasFilter = seccompFilter() !== undefined;

export const sandboxUnderTest = (
  isolation: ProcessSandboxOptions['isolation'],
  options: Partial<ProcessSandboxOptions> = {},
): ProcessSandbox =>
  new ProcessSandbox({
    isolation,
    bwrap: 'bwrap',
    container: ENGINES[0]!,
    hostMemoryBytes: 768 << 20,
    log: createLogger('sandbox', 'silent'),
    ...options,
  });
