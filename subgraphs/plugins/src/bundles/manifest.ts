/** The manifest of a plugin: `manifest.json` in its bundle. Everything in it is checked before anything of the bundle is used. */
import { z } from 'zod';
import { configSchema } from './config-schema';

/** The version of the API that this installation offers. */
export const API_VERSION = 1;

/** Events that plugins can receive. */
export const EVENTS = [
  'messageAdded',
  'messageEdited',
  'messageDeleted',
  'reactionsChanged',
  'membersChanged',
  'channelUpdated',
  'ticketCreated',
  'ticketUpdated',
  'ticketCommented',
  'fileReady',
  'pageCreated',
  'pageUpdated',
  'gesturePerformed',
] as const;

export type EventName = (typeof EVENTS)[number];

/** Functions that are asked before something happens. */
const BEFORE_HOOKS = ['beforeMessage'] as const;

/** Permissions that a plugin can ask for, beside `network:<host>`. */
const PERMISSIONS = {
  'events:receive': 'Receives events of what its bot can see.',
  'messages:check': 'Sees each message before it is sent, and may change or refuse it.',
  'messages:send': 'Sends messages as its bot.',
  'graph:read': 'Queries the graph as its bot.',
  'graph:write': 'Runs mutations of the graph as its bot.',
  storage: 'Stores values of its own.',
  webhooks: 'Receives HTTP requests at an address of its own.',
} as const;

const HOST = /^network:(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

const permission = z
  .string()
  .max(300)
  .refine((name) => Object.hasOwn(PERMISSIONS, name) || HOST.test(name), 'is no permission');

/** A name that is safe in file names, commands and process arguments. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const SEMVER = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,64})?$/;

const line = (max: number) => z.string().trim().min(1).max(max);

/** Different spellings of the same thing are accepted, so that a manifest can be written from memory. */
const spellings = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const { configuration, config, minApiVersion, minimumApiVersion, ...manifest } = value as Record<string, unknown>;
  const schema = configuration ?? config;
  const version = minApiVersion ?? minimumApiVersion;
  return {
    ...(schema !== undefined && { configSchema: schema }),
    ...(version !== undefined && { apiVersion: version }),
    ...manifest,
  };
};

/** With the other plugins in one host process, or in a container of its own. */
export const PLUGIN_ISOLATIONS = ['shared', 'container'] as const;

export type PluginIsolation = (typeof PLUGIN_ISOLATIONS)[number];

/** The main module if the manifest names none. */
const MAIN = { quickjs: 'plugin.js', wasm: 'plugin.wasm' } as const;

export const manifestSchema = z
  .preprocess(
    spellings,
    z.strictObject({
      $schema: z.string().optional(),
      name: z.string().max(40).regex(NAME, 'must be words of lower-case letters and digits, joined by hyphens'),
      version: z.string().regex(SEMVER, 'must be a version such as 1.2.3'),
      displayName: line(80).optional(),
      description: z.string().max(1_000).default(''),
      /** The oldest API that it works with. */
      apiVersion: z.int().min(1).max(1_000).default(API_VERSION),
      runtime: z.enum(['quickjs', 'wasm']).default('quickjs'),
      isolation: z.enum(PLUGIN_ISOLATIONS).default('shared'),
      main: z.string().max(200).optional(),
      hooks: z
        .array(z.enum([...EVENTS, ...BEFORE_HOOKS]))
        .max(50)
        .default([]),
      commands: z
        .array(
          z.strictObject({
            name: z.string().max(32).regex(NAME, 'must be words of lower-case letters and digits, joined by hyphens'),
            description: line(200),
            /** Shown after the name, such as `<question> <answer>…`. */
            hint: z.string().max(100).default(''),
          }),
        )
        .max(50)
        .default([]),
      schedules: z
        .array(z.strictObject({ name: z.string().max(40).regex(NAME), everyMinutes: z.int().min(1).max(10_080) }))
        .max(20)
        .default([]),
      permissions: z.array(permission).max(50).default([]),
      configSchema: configSchema.default({ type: 'object', properties: {} }),
    }),
  )
  .transform(({ main, ...manifest }) => ({ ...manifest, main: main ?? MAIN[manifest.runtime] }));

export type Manifest = z.output<typeof manifestSchema>;

const CHECKS: readonly string[] = ['messages:check', 'storage'];

/** Whether a plugin does nothing but check messages before they are sent. */
export const onlyChecksMessages = ({ hooks, commands, schedules, permissions }: Manifest): boolean =>
  hooks.length === 1 &&
  hooks[0] === 'beforeMessage' &&
  commands.length === 0 &&
  schedules.length === 0 &&
  permissions.every((name) => CHECKS.includes(name));
