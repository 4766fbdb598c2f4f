/**
 * The API of plugins, version 1: what their code can reach, and nothing else. Each operation checks the grant of its permission. Arguments
 * come from strangers' code: every one is checked here, whatever its type says.
 */
import type { ApiHandler } from '../sandbox/sandbox';
import { isGranted, type Plugin } from '../registry/plugin';
import type { Invocation } from '../registry/invocation';

export interface ApiCall {
  plugin: Plugin;
  invocation: Invocation;
}

/** An operation: its permission, if it needs one, and its work. The message of an error reaches the plugin. */
export interface Operation {
  permission?: string;
  /** Whether hooks that others wait for may use it. */
  isForHooks?: boolean;
  run(call: ApiCall, argument: Record<string, unknown>): Promise<unknown>;
}

export type Operations = Record<string, Operation>;

export class PluginApi {
  constructor(private readonly operations: Operations) {}

  readonly answer: ApiHandler = async (name, argument, context) => {
    const operation = Object.hasOwn(this.operations, name) ? this.operations[name] : undefined;
    if (!operation) throw new Error(`The API has no operation ${name}.`);
    const { plugin, invocation } = context as ApiCall;
    if (operation.permission !== undefined && !isGranted(plugin, operation.permission))
      throw new Error(`FORBIDDEN: the plugin was not granted ${operation.permission}.`);
    if (invocation.isHook && !operation.isForHooks)
      throw new Error(`FORBIDDEN: a before-hook may not use ${name}, because people wait for it.`);
    return operation.run({ plugin, invocation }, isRecord(argument) ? argument : {});
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
