/** HTTP requests to plugins, at an address that holds a secret: everything that the feature brings to its subgraph. */
import type { PluginsFeature } from '../feature';
import { WEBHOOK_PATH } from '../registry/plugin.feature';
import { webhookHttp } from './webhook.http';

export const webhookFeature: PluginsFeature = {
  name: 'webhooks',
  http: (parts) => webhookHttp(WEBHOOK_PATH, parts),
};
