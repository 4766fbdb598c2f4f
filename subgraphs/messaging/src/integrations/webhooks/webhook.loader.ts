/** Loads incoming or outgoing webhooks for one viewer. Every access that needs authorization goes through this loader. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import type { ChannelLoader } from '../../channels/channel.loader';
import { canManageWebhooks } from './webhook.rules';

interface AnyWebhook {
  id: string;
  channelId: string | null;
}

export class WebhookLoader<Hook extends AnyWebhook> {
  constructor(
    private readonly em: () => EntityManager,
    private readonly entity: new () => Hook,
    private readonly viewer: Viewer | null,
    private readonly channels: ChannelLoader,
  ) {}

  /** Null if it does not exist or the viewer may not manage it. */
  async accessWebhook(id: string): Promise<Hook | null> {
    if (this.viewer === null || !isId(id)) return null;
    const webhook = (await this.em().findOne<AnyWebhook>(this.entity, { id })) as Hook | null;
    if (!webhook) return null;
    const access = webhook.channelId === null ? null : await this.channels.accessChannel(webhook.channelId);
    return canManageWebhooks(this.viewer, access) ? webhook : null;
  }
}
