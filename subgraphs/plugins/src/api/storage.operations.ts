/** Operations of the API on stored values and the configuration. */
import { defaultsOf } from '../bundles/config-schema';
import type { PluginStorage } from '../storage/plugin.storage';
import type { Operations } from './plugin.api';

export const storageOperations = (storage: PluginStorage): Operations => ({
  config: {
    isForHooks: true,
    run: async ({ plugin }) => ({ ...defaultsOf(plugin.manifest.configSchema), ...plugin.config }),
  },
  'storage.get': {
    permission: 'storage',
    isForHooks: true,
    run: ({ plugin }, { key }) => storage.get(plugin.id, key),
  },
  'storage.set': {
    permission: 'storage',
    run: ({ plugin }, { key, value }) => storage.set(plugin.id, key, value ?? null),
  },
  'storage.delete': { permission: 'storage', run: ({ plugin }, { key }) => storage.delete(plugin.id, key) },
  'storage.list': { permission: 'storage', run: ({ plugin }, { prefix }) => storage.list(plugin.id, prefix) },
  'storage.increment': {
    permission: 'storage',
    run: ({ plugin }, { key, by }) => storage.increment(plugin.id, key, by),
  },
});
