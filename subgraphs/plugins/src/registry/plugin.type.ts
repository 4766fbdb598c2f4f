/** Plugins in the graph. */
import { connectionType } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { GraphQLJSON } from 'graphql-scalars';
import { Directive, Field, GraphQLISODateTime, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PluginState } from './plugin';

export enum PluginHealthState {
  STOPPED = 'STOPPED',
  RUNNING = 'RUNNING',
  SUSPENDED = 'SUSPENDED',
}

enum PluginLogLevel {
  DEBUG = 'DEBUG',
  INFO = 'INFO',
  WARN = 'WARN',
  ERROR = 'ERROR',
}

registerEnumType(PluginState, {
  name: 'PluginState',
  description: 'The state of a plugin.',
  valuesConfig: {
    INSTALLED: { description: 'Installed, and never enabled.' },
    ENABLED: { description: 'Runs with the permissions that were granted.' },
    DISABLED: { description: 'Does not run.' },
    FAILED: { description: 'Suspended after too many failures; `health.lastError` has the reason. Enable it again.' },
  },
});

registerEnumType(PluginHealthState, {
  name: 'PluginHealthState',
  description: 'The health of a plugin.',
  valuesConfig: {
    STOPPED: { description: 'It does not run.' },
    RUNNING: { description: 'It runs.' },
    SUSPENDED: { description: 'It was stopped after too many failures.' },
  },
});

registerEnumType(PluginLogLevel, {
  name: 'PluginLogLevel',
  description: 'The level of a log line.',
  valuesConfig: {
    DEBUG: { description: 'Details for the author.' },
    INFO: { description: 'Normal events.' },
    WARN: { description: 'Something is not as it should be.' },
    ERROR: { description: 'A call failed.' },
  },
});

@ObjectType({ description: 'The health of a plugin.' })
export class PluginHealth {
  @Field(() => PluginHealthState, { description: 'Whether it runs.' })
  state!: PluginHealthState;

  @Field(() => Int, { description: 'How often it was started again after a failure.' })
  restarts!: number;

  @Field(() => String, { nullable: true, description: 'The last failure; null if there was none.' })
  lastError!: string | null;
}

@ObjectType({ description: 'A command that people type: `/name arguments`.' })
export class PluginCommand {
  @Field({ description: 'Without the slash. Unique among enabled plugins.' })
  name!: string;

  @Field({ description: 'What it does, in one line.' })
  description!: string;

  @Field({ description: 'Its arguments, such as `<question>`; may be empty.' })
  hint!: string;
}

@ObjectType({ description: 'One line of the log of a plugin.' })
class PluginLogEntry {
  @Field(() => GraphQLISODateTime, { description: 'The time at which it was written.' })
  at!: Date;

  @Field(() => PluginLogLevel, { description: 'Its level.' })
  level!: PluginLogLevel;

  @Field({ description: 'The text, at most 4,000 characters.' })
  message!: string;
}

@ObjectType({ description: 'Log lines, the newest first.' })
export class PluginLogEntryConnection extends connectionType('PluginLogEntry', () => PluginLogEntry) {}

@Directive('@key(fields: "id")')
@ObjectType('Plugin', { description: 'A plugin: code of somebody else that runs in a sandbox. Administrators see it.' })
export class PluginObject {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'Its unique name, in lower case.' })
  name!: string;

  @Field({ description: 'The installed version, as semver.org has it.' })
  version!: string;

  @Field({ description: 'The description by its author; may be empty.' })
  description!: string;

  @Field(() => PluginState, { description: 'Whether it runs.' })
  state!: PluginState;

  @Field(() => [String], { description: 'The permissions that it asks for.' })
  permissions!: string[];

  @Field(() => [String], { description: 'The permissions that were granted.' })
  grantedPermissions!: string[];

  @Field(() => [String], { description: 'The events and before-hooks that it receives.' })
  hooks!: string[];

  @Directive(assumedSize(10))
  @Field(() => [PluginCommand], { description: 'Its commands.' })
  commands!: PluginCommand[];

  @Field({ description: 'The runtime of its code: quickjs (JavaScript) or wasm (a WebAssembly module).' })
  runtime!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Id of the minisign key by which the bundle is signed; null if it is not signed.',
  })
  publisher!: string | null;

  @Field(() => GraphQLJSON, { description: 'Its settings by name.' })
  config!: unknown;

  @Field(() => GraphQLJSON, { description: 'The JSON Schema of its settings.' })
  configSchema!: unknown;

  @Field(() => PluginHealth, { description: 'Whether it works.' })
  health!: PluginHealth;

  @Field(() => String, {
    nullable: true,
    description:
      'The URL at which it receives HTTP requests; null unless it was granted `webhooks`. Contains a secret.',
  })
  webhookUrl!: string | null;

  @Field(() => GraphQLISODateTime, { description: 'The time of its installation.' })
  installedAt!: Date;
}

@ObjectType({ description: 'A change of the state, health or configuration of a plugin.' })
export class PluginStateChange {
  @Field({ description: 'Event cursor: pass it as `after` to resume. Opaque. Not a list cursor.' })
  cursor!: string;

  @Field(() => ID, { description: 'The plugin.' })
  id!: string;

  @Field(() => PluginState, { description: 'Its state after the change.' })
  state!: PluginState;

  @Field(() => PluginHealth, { description: 'Its health after the change.' })
  health!: PluginHealth;

  @Field(() => PluginObject, { nullable: true, description: 'The plugin as it is now; null if it was uninstalled.' })
  plugin!: PluginObject | null;
}
