/** Environment variables of the plugins subgraph, beyond those of every subgraph. */
import { booleanVariable, integerVariable, listVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';
import { PLUGIN_ISOLATIONS } from './bundles/manifest';
import { readPublicKey } from './bundles/minisign';

/** The settings of the sandbox, which `npm run plugins:try` reads too. */
export const sandboxVariables = {
  PLUGIN_SANDBOX: z
    .enum(['auto', 'bubblewrap', 'container', 'process'])
    .default('auto')
    .describe(
      'isolation of plugins: bubblewrap, a container, a process without both, or bubblewrap if it works on this machine',
    ),
  PLUGIN_BWRAP_COMMAND: z.string().default('bwrap').describe('name or path of the program bubblewrap'),
  PLUGIN_CONTAINER_COMMAND: z
    .string()
    .trim()
    .min(1)
    .default('podman')
    .describe('podman or docker with general options, separated by spaces, for plugins in containers'),
  PLUGIN_CONTAINER_IMAGE: z
    .string()
    .min(1)
    .optional()
    .describe('image of the container, whose files are not used; docker needs one, podman none'),
  PLUGIN_HOST_MEMORY_MB: integerVariable(128, 65_536)
    .default(768)
    .describe('memory of the process that runs all plugins, megabytes; it is started again if it needs more'),
  PLUGIN_MEMORY_MB: integerVariable(1, 1024).default(16).describe('memory of one plugin, megabytes'),
  PLUGIN_CALL_MS: integerVariable(1, 60_000)
    .default(100)
    .describe('time that one call of a plugin may run, milliseconds'),
  PLUGIN_API_CALLS: integerVariable(1, 1_000_000)
    .default(1_000)
    .describe('API calls that one call of a plugin may make'),
  PLUGIN_OUTPUT_KB: integerVariable(1, 16_384)
    .default(256)
    .describe('result and API calls of one call of a plugin, kilobytes of JSON'),
  PLUGIN_LOG_KB: integerVariable(1, 16_384).default(64).describe('log that is kept of one call of a plugin, kilobytes'),
};

export const pluginsVariables = {
  ...subgraphVariables,
  ...sandboxVariables,
  PLUGIN_ISOLATION: listVariable()
    .transform((items) => items.map((item) => item.split('=', 2)))
    .pipe(
      z.array(
        z.tuple(
          [z.string().min(1), z.enum(PLUGIN_ISOLATIONS)],
          'must be names with shared or container, such as poll=container',
        ),
      ),
    )
    .transform((items) => new Map(items))
    .default(new Map())
    .describe(
      'isolation of single plugins, such as poll=container,greeter=shared, whatever their manifests ask for: a container of its own, or the process of all plugins',
    ),
  PLUGIN_HOST_SPARE: booleanVariable()
    .default(true)
    .describe('keep a second process in reserve, about 100 MB, so that plugins are back at once if the first one dies'),
  GATEWAY_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL of the gateway for the plugins subgraph, http://host:port; PUBLIC_URL by default'),
  PLUGIN_PUBLISHER_KEYS: listVariable()
    .pipe(z.array(z.string().refine((key) => readPublicKey(key), 'must be public keys of minisign (RW…)')))
    .default([])
    .describe('public keys of minisign whose plugins may be installed, separated by commas'),
  PLUGIN_ALLOW_UNSIGNED: booleanVariable().default(false).describe('allow plugins that no publisher has signed'),
  PLUGIN_BUNDLE_MAX_KB: integerVariable(1, 65_536)
    .default(2_048)
    .describe('maximum size of a plugin, packed and unpacked, kilobytes'),
  PLUGIN_STORAGE_KB: integerVariable(0, 1_048_576)
    .default(1_024)
    .describe('values that one plugin may store, kilobytes of keys and JSON'),
  PLUGIN_FAULTS_PER_HOUR: integerVariable(1, 1_000)
    .default(3)
    .describe('failures by which a plugin is suspended: loops, exhausted memory, too much output'),
  PLUGIN_ALLOW_PRIVATE_ADDRESSES: booleanVariable()
    .default(false)
    .describe('allow requests of plugins to private and loopback addresses, if their host is granted'),
  PLUGIN_HOOK_MS: integerVariable(1, 10_000)
    .default(50)
    .describe('time for the before-hooks of all plugins together, milliseconds'),
  PLUGIN_HOOK_FAILURE: z
    .enum(['open', 'closed'])
    .default('open')
    .describe('a message whose before-hooks fail or are late is sent (open) or refused (closed)'),
  PLUGIN_HOOK_ORDER: listVariable()
    .default([])
    .describe('names of plugins whose before-hooks come first, in this order; the others follow by name'),
};

export type SandboxConfig = z.output<z.ZodObject<typeof sandboxVariables>>;

export type PluginsConfig = z.output<z.ZodObject<typeof pluginsVariables>>;
