/** Access to the registry: administrators only. For others, plugins do not exist beyond their commands. */
import { notFound } from '@chat/kit/errors';
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { PluginsContext } from '../context';

interface PluginArguments {
  id?: string;
  input?: { id?: string };
}

const isAdministrator = rule<PluginsContext>('manages the installation', ({ viewer }) =>
  Boolean(viewer?.permissions.includes('MANAGE')),
);

const plugsIn = and(isLoggedIn, isAdministrator);

const findsPlugin = and(
  plugsIn,
  rule<PluginsContext, PluginArguments, { id?: string } | undefined>(
    'names a plugin that exists',
    async ({ em, services }, { id, input }, parent) =>
      (await services.plugins.find(em, id ?? input?.id ?? parent?.id ?? '')) ? true : notFound('Plugin'),
  ),
);

export const pluginPolicy: Policy = {
  fields: {
    Query: { plugins: plugsIn, plugin: findsPlugin },
    Mutation: {
      installPlugin: plugsIn,
      enablePlugin: findsPlugin,
      disablePlugin: findsPlugin,
      configurePlugin: findsPlugin,
      upgradePlugin: findsPlugin,
      uninstallPlugin: findsPlugin,
    },
    Subscription: { pluginStateChanged: plugsIn },
    Plugin: withParent(
      ...['id', 'name', 'version', 'description', 'state', 'permissions', 'grantedPermissions', 'hooks', 'commands'],
      ...['runtime', 'publisher', 'config', 'configSchema', 'health', 'webhookUrl', 'installedAt', 'logs'],
    ),
    PluginHealth: withParent('state', 'restarts', 'lastError'),
    PluginCommand: withParent('name', 'description', 'hint'),
    PluginLogEntry: withParent('at', 'level', 'message'),
    PluginStateChange: withParent('cursor', 'id', 'state', 'health', 'plugin'),
  },
  references: { Plugin: findsPlugin },
};
