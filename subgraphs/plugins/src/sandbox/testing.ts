/** Which isolations this machine has, for tests. */
import { createLogger } from '@chat/kit/logging';
import { spawnSync } from 'node:child_process';
import { seccompFilter } from './seccomp';
import type { Isolation } from './launcher';
import { ProcessSandbox, type ProcessSandboxOptions } from './process-sandbox';

export const hasBubblewrap: boolean =
  spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '/bin/true'], { timeout: 10_000 }).status === 0;

/** Both kinds where bubblewrap works; the process alone elsewhere, which is said. */
export const isolations: readonly Isolation[] = hasBubblewrap ? ['bubblewrap', 'process'] : ['process'];

if (!hasBubblewrap)
  process.stderr.write('bubblewrap is missing or not allowed on this machine: the sandbox is tested without it.\n');

/** Whether the machine has a filter of system calls. */
export const hasFilter = seccompFilter() !== undefined;

export const sandboxUnderTest = (isolation: ProcessSandboxOptions['isolation'], bwrap = 'bwrap'): ProcessSandbox =>
  new ProcessSandbox({ isolation, bwrap, hostMemoryBytes: 768 << 20, log: createLogger('sandbox', 'silent') });
