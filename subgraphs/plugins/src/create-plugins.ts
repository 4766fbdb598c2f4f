/** Puts the plugins subgraph together. Its parts are in features.ts. */
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { secretOf } from '@chat/kit/auth/derived-keys';
import { createFeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { join } from 'node:path';
import type { PluginsConfig } from './config';
import type { PluginsContext } from './context';
import { resealBotKeys } from './bots/reseal';
import { createEngine } from './create-engine';
import { definition } from './definition';
import type { PluginEngine } from './feature';
import { features } from './features';
import { SecretBox } from './graph/secret-box';
import { BEFORE_MESSAGE } from './hooks/hook.http';
import { question } from './hooks/hook.service';

export async function createPlugins(config: PluginsConfig): Promise<Subgraph> {
  const subgraph = await createFeatureSubgraph<PluginsConfig, typeof features, PluginEngine, PluginsContext>({
    definition,
    config,
    features,
    migrations: join(__dirname, 'migrations'),
    findDeletedAccounts: unknownAccounts,
    share: createEngine,
    prepare: ({ config, fork }) => resealBotKeys(fork(), new SecretBox(secretOf(config))),
    context: () => ({}),
  });
  const { hooks } = subgraph.services;
  return Object.assign(subgraph, {
    answers: { [BEFORE_MESSAGE]: (asked: unknown) => hooks.beforeMessage(question.parse(asked)) },
  });
}
