/** Resolves references of other subgraphs to plugins. The policy has been applied before. */
import type { PluginsContext } from '../context';
import { viewOf } from './plugin.view';

export async function pluginReference({ id }: { id: string }, { em, services }: PluginsContext) {
  const plugin = await services.plugins.find(em, id);
  return plugin && viewOf(plugin, services.webhookUrl);
}
