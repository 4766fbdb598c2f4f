/** Before-hooks: everything that the feature brings to its subgraph. */
import type { PluginsFeature } from '../feature';
import { hookHttp } from './hook.http';
import { HookService } from './hook.service';

export const hookFeature: PluginsFeature<{ services: { hooks: HookService } }> = {
  name: 'hooks',
  services: ({ config, directory, runtime }) => ({
    hooks: new HookService(directory, runtime, {
      totalMs: config.PLUGIN_HOOK_MS,
      onFailure: config.PLUGIN_HOOK_FAILURE,
    }),
  }),
  http: ({ services, viewerHeader }) => hookHttp(services.hooks, viewerHeader),
};
