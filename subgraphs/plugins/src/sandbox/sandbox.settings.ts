/** Limits and sandbox as the environment sets them. */
import type { Logger } from '@chat/kit/logging';
import type { SandboxConfig } from '../config';
import { DividedSandbox } from './divided-sandbox';
import { ProcessSandbox } from './process-sandbox';
import { DEFAULT_LIMITS, type SandboxLimits } from './sandbox';

export const limitsOf = (config: SandboxConfig): SandboxLimits => ({
  ...DEFAULT_LIMITS,
  memoryBytes: config.PLUGIN_MEMORY_MB << 20,
  callMs: config.PLUGIN_CALL_MS,
  loadMs: 5 * config.PLUGIN_CALL_MS,
  totalMs: Math.max(DEFAULT_LIMITS.totalMs, 2 * config.PLUGIN_CALL_MS),
  apiCalls: config.PLUGIN_API_CALLS,
  outputChars: config.PLUGIN_OUTPUT_KB << 10,
  logChars: config.PLUGIN_LOG_KB << 10,
});

export const createSandbox = (config: SandboxConfig, log: Logger, hasSpare = false): ProcessSandbox =>
  new ProcessSandbox({
    isolation: config.PLUGIN_SANDBOX,
    bwrap: config.PLUGIN_BWRAP_COMMAND,
    container: {
      command: config.PLUGIN_CONTAINER_COMMAND.split(/\s+/),
      ...(config.PLUGIN_CONTAINER_IMAGE !== undefined && { image: config.PLUGIN_CONTAINER_IMAGE }),
    },
    hostMemoryBytes: config.PLUGIN_HOST_MEMORY_MB * (1 << 20),
    hasSpare,
    log,
  });

/** A sandbox in which programs may have a container of their own. */
export const createDividedSandbox = (config: SandboxConfig, log: Logger, hasSpare: boolean): DividedSandbox =>
  new DividedSandbox(createSandbox(config, log, hasSpare), () =>
    createSandbox({ ...config, PLUGIN_SANDBOX: 'container' }, log),
  );
