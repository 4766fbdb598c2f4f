/** The manifest of a plugins feature, and the infrastructure that it may use. */
import type { Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { Interactions } from './actions/interaction.store';
import type { PluginMessages } from './api/plugin.messages';
import type { PluginBots } from './bots/plugin.bots';
import type { PluginsConfig } from './config';
import type { GraphClient } from './graph/graph.client';
import type { PluginDirectory } from './registry/plugin.directory';
import type { PluginFaults } from './registry/plugin.faults';
import type { PluginLogs } from './registry/plugin.logs';
import type { PluginRuntime } from './registry/plugin.runtime';
import type { DividedSandbox } from './sandbox/divided-sandbox';

/** Beside {@link BaseParts}. */
export interface PluginEngine {
  /** The processes in which plugins run. */
  sandbox: DividedSandbox;
  graph: GraphClient;
  bots: PluginBots;
  messages: PluginMessages;
  interactions: Interactions;
  directory: PluginDirectory;
  logs: PluginLogs;
  faults: PluginFaults;
  runtime: PluginRuntime;
}

export interface PluginsParts extends BaseParts<PluginsConfig>, PluginEngine {}

export type PluginsFeature<Shape extends FeatureShape = object> = Feature<PluginsParts, Shape>;
