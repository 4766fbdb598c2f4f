/** Interactions: tokens with which a plugin may reply for 15 minutes, and the private replies. */
import type { EntityManager } from '@chat/kit/database/database';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { parsed, type PluginMessages } from '../api/plugin.messages';
import type { Operations } from '../api/plugin.api';
import { newId } from '@chat/kit/ids';

const LIFETIME_MS = 15 * 60_000;
const MAX_REPLIES = 20;

export const interactionReply = z.strictObject({
  token: z.string().max(100),
  text: z.string().min(1).max(100_000),
  visibility: z.enum(['private', 'channel']).default('private'),
});

export class Interactions {
  constructor(
    private readonly fork: () => EntityManager,
    private readonly messages: PluginMessages,
  ) {}

  async open(pluginId: string, userId: string, channelId: string, messageId: string | null): Promise<string> {
    const token = randomBytes(24).toString('base64url');
    await this.fork().execute(
      `insert into plugins.interactions (token, plugin_id, user_id, channel_id, message_id, expires_at) values (?, ?, ?, ?, ?, ?)`,
      [token, pluginId, userId, channelId, messageId, new Date(Date.now() + LIFETIME_MS)],
    );
    return token;
  }

  readonly operations: Operations = {
    'interactions.reply': {
      run: async ({ plugin, invocation }, argument) => {
        const { token, text, visibility } = parsed(interactionReply, argument);
        const [interaction] = await this.fork().execute<{ channel_id: string; replies: number }[]>(
          `select channel_id, (select count(*)::int from plugins.replies r where r.token = i.token) as replies
           from plugins.interactions i where token = ? and plugin_id = ? and expires_at > now()`,
          [token, plugin.id],
        );
        if (!interaction) throw new Error('NOT_FOUND: the interaction is unknown, or older than 15 minutes.');
        if (visibility === 'channel')
          return this.messages.send(plugin, invocation, { channelId: interaction.channel_id, text });
        if (interaction.replies >= MAX_REPLIES)
          throw new Error(`LIMIT_EXCEEDED: at most ${MAX_REPLIES} private replies.`);
        await this.fork().execute('insert into plugins.replies (id, token, reply) values (?, ?, ?::jsonb)', [
          ...[newId(), token, JSON.stringify({ text: text.toWellFormed().replaceAll('\0', '') })],
        ]);
        return null;
      },
    },
  };

  /** In the order in which they came; empty if the interaction is not of this account. */
  async replies(em: EntityManager, userId: string, token: string): Promise<{ text: string; at: Date }[]> {
    const rows = await em.execute<{ reply: { text: string }; at: string }[]>(
      `select r.reply, r.created_at as at from plugins.replies r join plugins.interactions i on i.token = r.token
       where r.token = ? and i.user_id = ? and i.expires_at > now() order by r.created_at`,
      [token, userId],
    );
    return rows.map(({ reply: { text }, at }) => ({ text, at: new Date(at) }));
  }
}
