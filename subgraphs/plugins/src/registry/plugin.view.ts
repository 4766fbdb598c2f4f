/** Maps rows of plugins to types of the graph. */
import { PluginState, type Plugin } from './plugin';
import { PluginHealthState, type PluginHealth, type PluginObject } from './plugin.type';

export const healthOf = ({
  state,
  restarts,
  lastError,
}: Pick<Plugin, 'state' | 'restarts' | 'lastError'>): PluginHealth => ({
  state:
    state === PluginState.ENABLED
      ? PluginHealthState.RUNNING
      : state === PluginState.FAILED
        ? PluginHealthState.SUSPENDED
        : PluginHealthState.STOPPED,
  restarts,
  lastError,
});

/** @param webhookUrl the URL of a token */
export function viewOf(plugin: Plugin, webhookUrl: (token: string) => string): Omit<PluginObject, 'logs'> {
  const { manifest, webhookToken } = plugin;
  const isReachable = plugin.granted.includes('webhooks') && webhookToken !== null;
  return {
    id: plugin.id,
    name: plugin.name,
    version: plugin.version,
    description: manifest.description,
    state: plugin.state,
    permissions: manifest.permissions,
    grantedPermissions: plugin.granted,
    hooks: manifest.hooks,
    commands: manifest.commands,
    runtime: manifest.runtime,
    publisher: plugin.publisher,
    config: plugin.config,
    configSchema: manifest.configSchema,
    health: healthOf(plugin),
    webhookUrl: isReachable ? webhookUrl(webhookToken) : null,
    installedAt: plugin.createdAt,
  };
}
