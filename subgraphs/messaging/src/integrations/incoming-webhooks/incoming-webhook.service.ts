/** Creates, lists, finds and deletes incoming webhooks. incoming-webhook.policy.ts checks permission before. */
import { recordAct } from '@chat/identity-client/audit/audit';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError } from '@chat/kit/errors';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId, newId } from '@chat/kit/ids';
import { createHash, randomBytes } from 'node:crypto';
import { lockAccess } from '../../channels/channel.lock';
import { moderates, type ChannelAccess } from '../../channels/channel.rules';
import { IncomingWebhookEntity } from './incoming-webhook.entity';

/** The path before the token. */
export const HOOKS_PATH = '/api/v1/hooks/';

/** The limit per channel. */
const MAX_INCOMING_WEBHOOKS = 50;

export class IncomingWebhookService {
  /** @param publicUrl the gateway's URL for clients */
  constructor(private readonly publicUrl: string) {}

  /** @throws LIMIT_EXCEEDED; FORBIDDEN or NOT_FOUND if the viewer no longer moderates the channel. */
  async createIncomingWebhook(
    em: EntityManager,
    access: ChannelAccess,
    madeByKey: string | null,
    name: string,
  ): Promise<IncomingWebhookEntity> {
    const channelId = access.channel.id;
    const token = randomBytes(32).toString('base64url');
    const webhook = await em.transactional(async (tx) => {
      await lockAccess(tx, access, moderates);
      if ((await tx.count(IncomingWebhookEntity, { channelId })) >= MAX_INCOMING_WEBHOOKS)
        throw new ApiError('LIMIT_EXCEEDED', `The channel already has ${MAX_INCOMING_WEBHOOKS} incoming webhooks.`);
      const made = tx.create(IncomingWebhookEntity, {
        id: newId(),
        channelId,
        name: name.trim(),
        tokenHash: hashOf(token),
        createdBy: access.viewerId!,
        madeByKey,
        createdAt: new Date(),
      });
      await tx.persist(made).flush();
      const act = { action: 'incoming-webhook.create', targetType: 'IncomingWebhook', targetId: made.id };
      await recordAct(tx, { ...act, details: { channelId } });
      return made;
    });
    webhook.token = token;
    return webhook;
  }

  async deleteIncomingWebhook(em: EntityManager, id: string): Promise<void> {
    await em.transactional(async (tx) => {
      if ((await tx.nativeDelete(IncomingWebhookEntity, { id })) > 0)
        await recordAct(tx, { action: 'incoming-webhook.delete', targetType: 'IncomingWebhook', targetId: id });
    });
  }

  /** Incoming webhooks of a channel, oldest first. */
  async incomingWebhooks(
    em: EntityManager,
    channelId: string,
    page: PageArguments,
  ): Promise<Connection<IncomingWebhookEntity>> {
    const list = `incoming-webhooks:${channelId}`;
    const request = pageRequest(list, page);
    const [id] = request.from ?? [];
    if (request.from && !isId(id)) throw foreignCursor(request);
    const webhooks = await em.find(
      IncomingWebhookEntity,
      { channelId, ...(id !== undefined && { id: { [request.isBackward ? '$lt' : '$gt']: id as string } }) },
      { orderBy: { id: request.isBackward ? 'desc' : 'asc' }, limit: request.limit },
    );
    return toConnection(list, request, webhooks, (webhook) => [webhook.id]);
  }

  findByToken(em: EntityManager, token: string): Promise<IncomingWebhookEntity | null> {
    return em.findOne(IncomingWebhookEntity, { tokenHash: hashOf(token) });
  }

  /** Null if the token is unknown, that is, after creation. */
  urlOf({ token }: IncomingWebhookEntity): string | null {
    if (token === undefined) return null;
    return new URL(HOOKS_PATH + token, this.publicUrl).href;
  }
}

/** A fast hash is enough for 256 random bits. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
