/** The registry of plugins: everything that the feature brings to its subgraph. */
import { BundleSource } from '../bundles/bundle.source';
import { readPublicKey } from '../bundles/minisign';
import type { PluginsFeature } from '../feature';
import type { EntityManager } from '@chat/kit/database/database';
import { FOLLOW_EVENTS } from '../events/event.delivery';
import { prepareEnabled } from './plugin.enabling';
import { registryStream } from './plugin.events';
import type { PluginLogs } from './plugin.logs';
import { byPlugin } from './plugin.metrics';
import { pluginPolicy } from './plugin.policy';
import { pluginReference } from './plugin.reference';
import { PluginResolver } from './plugin.resolver';
import { PluginService } from './plugin.service';

/** The path of the URLs at which plugins receive requests. */
export const WEBHOOK_PATH = '/api/v1/plugins/';

export const pluginFeature: PluginsFeature<{
  services: { plugins: PluginService; pluginLogs: PluginLogs; webhookUrl: (token: string) => string };
}> = {
  name: 'registry',
  resolvers: [PluginResolver],
  references: { Plugin: pluginReference },
  policy: pluginPolicy,
  streams: [registryStream],
  services({ bots, config, directory, eventLog, faults, graph, jobs, logs, runtime }) {
    // In a queue, so that an earlier state is not written last.
    const onChange = (tx: EntityManager) =>
      jobs.enqueue(tx, FOLLOW_EVENTS, {}, { key: FOLLOW_EVENTS, queue: FOLLOW_EVENTS });
    const bundles = new BundleSource(graph, {
      trustedKeys: config.PLUGIN_PUBLISHER_KEYS.map((key) => readPublicKey(key)!),
      allowsUnsigned: config.PLUGIN_ALLOW_UNSIGNED,
      maxBytes: config.PLUGIN_BUNDLE_MAX_KB << 10,
    });
    return {
      plugins: new PluginService({
        eventLog,
        bundles,
        bots,
        runtime,
        directory,
        faults,
        onEnabled: prepareEnabled,
        onChange,
      }),
      pluginLogs: logs,
      webhookUrl: (token) => new URL(WEBHOOK_PATH + token, config.PUBLIC_URL).href,
    };
  },
  async start({ directory, runtime }) {
    for (const plugin of await directory.enabled()) await runtime.preload(plugin);
  },
  removeExpired: ({ faults }) => faults.removeExpired(),
  gauges: ({ faults, fork, runtime, sandbox }) => [
    ...runtime.metrics.gauges,
    {
      name: 'plugin_failures_total',
      help: 'Failures of plugins in this process, by plugin: loops, exhausted memory, too much output.',
      labels: ['plugin'],
      read: () => [...faults.counts].map(([plugin, value]) => ({ labels: { plugin }, value })),
    },
    {
      name: 'plugin_host_restarts',
      help: 'Processes of plugins that ended by themselves and were started again.',
      read: () => [{ value: sandbox.restarts }],
    },
    {
      name: 'plugin_faults',
      help: 'Failures of each plugin within the last hour. The limit, PLUGIN_FAULTS_PER_HOUR, suspends it.',
      labels: ['plugin'],
      read: () =>
        byPlugin(
          fork(),
          "select plugin_id, count(*) from plugins.faults where at > now() - interval '1 hour' group by 1",
        ),
    },
    {
      name: 'plugin_stored_bytes',
      help: 'Stored values of each plugin, bytes.',
      labels: ['plugin'],
      read: () => byPlugin(fork(), 'select plugin_id, sum(bytes) from plugins.stored group by 1'),
    },
  ],
};
