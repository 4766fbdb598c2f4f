/** Puts together the parts that run plugins: sandbox, API, bots, log and failures. */
import { secretOf } from '@chat/kit/auth/derived-keys';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import { OutboundHttp } from '@chat/kit/outbound/outbound-http';
import { addressRule } from '@chat/kit/outbound/public-address';
import { Interactions } from './actions/interaction.store';
import { graphOperations } from './api/graph.operations';
import { httpOperations } from './api/http.operations';
import { PluginApi } from './api/plugin.api';
import { PluginMessages } from './api/plugin.messages';
import { storageOperations } from './api/storage.operations';
import { PluginBots } from './bots/plugin.bots';
import type { PluginsConfig } from './config';
import type { PluginEngine } from './feature';
import { GraphClient } from './graph/graph.client';
import { SecretBox } from './graph/secret-box';
import { PluginDirectory } from './registry/plugin.directory';
import { PluginFaults } from './registry/plugin.faults';
import { PluginLogs } from './registry/plugin.logs';
import { PluginRuntime } from './registry/plugin.runtime';
import { createDividedSandbox, limitsOf } from './sandbox/sandbox.settings';
import { PluginStorage } from './storage/plugin.storage';

/** Deadline for a request of a plugin to another host, in milliseconds. It is less than the longest call of a plugin. */
const OUTBOUND_MS = 4_000;

export function createEngine({ bell, config, disposal, eventLog, fork, log }: BaseParts<PluginsConfig>): PluginEngine {
  const directory = disposal.use(new PluginDirectory(fork, bell, config.PLUGIN_HOOK_ORDER));
  const logs = disposal.use(new PluginLogs(fork, log));
  const sandbox = disposal.use(createDividedSandbox(config, log, config.PLUGIN_HOST_SPARE));
  const graph = new GraphClient(config.GATEWAY_URL ?? config.PUBLIC_URL, secretOf(config));
  const bots = new PluginBots(graph, new SecretBox(secretOf(config)));
  const messages = new PluginMessages(fork, graph, bots);
  const interactions = new Interactions(fork, messages);
  const faults = new PluginFaults(fork, eventLog, directory, config.PLUGIN_FAULTS_PER_HOUR);
  const storage = new PluginStorage(fork, config.PLUGIN_STORAGE_KB << 10);
  const http = disposal.use(
    new OutboundHttp({
      isAllowed: addressRule(config.PLUGIN_ALLOW_PRIVATE_ADDRESSES),
      timeoutMs: OUTBOUND_MS,
    }),
  );
  const api = new PluginApi({
    ...storageOperations(storage),
    ...messages.operations,
    ...interactions.operations,
    ...graphOperations(graph, bots),
    ...httpOperations(http),
  });
  const runtime = new PluginRuntime(sandbox, limitsOf(config), config.PLUGIN_ISOLATION, api, logs, faults, log);
  return { sandbox, graph, bots, messages, interactions, directory, logs, faults, runtime };
}
