/** All features of the plugins subgraph. A feature comes after the features that it depends on. */
import { defineFeatures } from '@chat/kit/graphql/feature';
import { actionFeature } from './actions/action.feature';
import { commandFeature } from './commands/command.feature';
import { eventFeature } from './events/event.feature';
import { hookFeature } from './hooks/hook.feature';
import { pluginFeature } from './registry/plugin.feature';
import { webhookFeature } from './webhooks/webhook.feature';

export const features = defineFeatures(
  pluginFeature,
  commandFeature,
  actionFeature,
  eventFeature,
  hookFeature,
  webhookFeature,
);
