/** Makes, lists and deletes webhooks. Who may is decided before (webhook.policy.ts); here is what must also hold. */
import { recordAct, type AuditAct } from '@chat/identity-client/audit/audit';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, conflict, forbidden } from '@chat/kit/errors';
import { pageRequest, toConnection, type Connection, type PageArguments } from '@chat/kit/graphql/connection';
import { isId, newId } from '@chat/kit/ids';
import { keyOf } from '../../channels/absent-authors';
import { lockAccess } from '../../channels/channel.lock';
import { moderates, type ChannelAccess } from '../../channels/channel.rules';
import { urlProblem, type AddressRule } from './public-address';
import { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookEntity } from './webhook.entity';
import type { WebhookCreators } from './webhook.creators';
import { ALL_EVENTS } from './webhook.events';
import type { CreateWebhookInput } from './webhook.input';
import { webhookSecret } from './webhook.secret';

export const webhookEntities = [WebhookEntity, WebhookDeliveryEntity];

/** The most webhooks of one channel, and of the installation: each multiplies the work of every event. */
const MAX_WEBHOOKS = 20;

/** The longest time for which two secrets are good, in seconds: 30 days. */
export const MAX_OVERLAP_SECONDS = 2_592_000;

export class WebhookService {
  /** @param eventTypes the event types that webhooks can receive. @param attempt makes a delivery due within a transaction. */
  constructor(
    private readonly secretKey: string,
    private readonly isAllowed: AddressRule,
    private readonly eventTypes: readonly string[],
    private readonly creators: WebhookCreators,
    private readonly attempt: (tx: EntityManager, delivery: { id: string; webhookId: string }) => Promise<void>,
  ) {}

  /**
   * @param access to the channel whose events it is told; null where they are the installation's
   * @throws BAD_USER_INPUT on a URL that events may not be sent to; LIMIT_EXCEEDED; FORBIDDEN, NOT_FOUND who moderates no longer.
   */
  async createWebhook(
    em: EntityManager,
    viewer: Viewer,
    access: ChannelAccess | null,
    input: CreateWebhookInput,
  ): Promise<WebhookEntity> {
    const problem = urlProblem(input.url, this.isAllowed);
    if (problem) throw badUserInput({ url: `url ${problem}.` });
    const choices = [ALL_EVENTS, ...this.eventTypes];
    if (!input.events.every((type) => choices.includes(type)))
      throw badUserInput({ events: `events must be of: ${choices.join(', ')}` });
    const channelId = access?.channel.id ?? null;
    return em.transactional(async (tx) => {
      if (access) await lockAccess(tx, access, moderates);
      else await tx.execute(`select pg_advisory_xact_lock(hashtextextended('webhooks of the installation', 0))`);
      if ((await tx.count(WebhookEntity, { channelId })) >= MAX_WEBHOOKS)
        throw new ApiError('LIMIT_EXCEEDED', `There are ${MAX_WEBHOOKS} webhooks already. Delete one first.`);
      const webhook = tx.create(WebhookEntity, {
        id: newId(),
        url: new URL(input.url).href,
        events: input.events.includes(ALL_EVENTS) ? [ALL_EVENTS] : [...new Set(input.events)],
        channelId,
        createdBy: viewer.id,
        madeByKey: keyOf(viewer),
        createdAt: new Date(),
        failingSince: null,
        disabledAt: null,
        disabledReason: null,
        secretVersion: 1,
        previousSecretUntil: null,
      });
      await tx.persist(webhook).flush();
      await recordAct(tx, webhookAct('webhook.create', webhook.id, { channelId, host: new URL(webhook.url).host }));
      return webhook;
    });
  }

  /** Pending deliveries and the log go with it. */
  async deleteWebhook(em: EntityManager, id: string): Promise<void> {
    await em.transactional(async (tx) => {
      if ((await tx.nativeDelete(WebhookEntity, { id })) > 0) await recordAct(tx, webhookAct('webhook.delete', id));
    });
  }

  /**
   * Events are sent from now on; failed ones are not sent again. If the creator has lost access, the webhook becomes the viewer's.
   * @throws FORBIDDEN if the viewer might not create it either
   */
  async enableWebhook(em: EntityManager, viewer: Viewer, webhook: WebhookEntity): Promise<WebhookEntity> {
    if ((await this.creators.refusal(em.fork(), webhook)) !== undefined) {
      const owner = { createdBy: viewer.id, madeByKey: keyOf(viewer) };
      const refusal = await this.creators.refusal(em.fork(), { ...webhook, ...owner });
      if (refusal !== undefined) throw forbidden(refusal);
      Object.assign(webhook, owner);
    }
    await em.transactional(async (tx) => {
      Object.assign(webhook, { disabledAt: null, disabledReason: null, failingSince: null });
      await tx.flush();
      await recordAct(tx, webhookAct('webhook.enable', webhook.id));
    });
    return webhook;
  }

  /** What its deliveries are signed with. */
  secretOf(webhook: WebhookEntity): string {
    return webhookSecret(this.secretKey, webhook);
  }

  /** The secret before the one that is replaced is good no more, whatever its overlap was. @throws BAD_USER_INPUT */
  async rotateWebhookSecret(em: EntityManager, webhook: WebhookEntity, overlapSeconds: number): Promise<WebhookEntity> {
    if (overlapSeconds < 0 || overlapSeconds > MAX_OVERLAP_SECONDS)
      throw badUserInput({ overlapSeconds: `overlapSeconds must be between 0 and ${MAX_OVERLAP_SECONDS}.` });
    await em.transactional(async (tx) => {
      await tx.execute(
        `update messaging.webhooks set secret_version = secret_version + 1,
           previous_secret_until = now() + ? * interval '1 second' where id = ?`,
        [overlapSeconds, webhook.id],
      );
      await recordAct(tx, webhookAct('webhook.rotate-secret', webhook.id, { overlapSeconds }));
    });
    return em.refreshOrFail(webhook);
  }

  /**
   * Sends what was sent before once more, with the same `webhook-id`: at once, and if that fails again and again as at first.
   * What is pending is attempted at once. @throws CONFLICT where the webhook is disabled.
   */
  async redeliverWebhookDelivery(
    em: EntityManager,
    webhook: WebhookEntity,
    delivery: WebhookDeliveryEntity,
  ): Promise<WebhookDeliveryEntity> {
    if (webhook.disabledAt) throw conflict('The webhook is disabled. Enable it first.');
    return em.transactional(async (tx) => {
      await tx.execute(
        `update messaging.webhook_deliveries set status = 'PENDING', next_attempt_at = now(),
           attempts = case when status = 'PENDING' then attempts else 0 end,
           first_failed_at = case when status = 'PENDING' then first_failed_at end where id = ?`,
        [delivery.id],
      );
      await this.attempt(tx, { id: delivery.id, webhookId: webhook.id });
      // As it is before the commit: the attempt may follow faster than an answer.
      return tx.findOneOrFail(WebhookDeliveryEntity, { id: delivery.id }, { refresh: true });
    });
  }

  /** One delivery of whichever webhook. */
  findDelivery(em: EntityManager, id: string): Promise<WebhookDeliveryEntity | null> {
    return isId(id) ? em.findOne(WebhookDeliveryEntity, { id }) : Promise.resolve(null);
  }

  /** Those of a channel, or of the installation, oldest first. */
  async webhooks(em: EntityManager, channelId: string | null, page: PageArguments): Promise<Connection<WebhookEntity>> {
    const list = `webhooks:${channelId ?? ''}`;
    const request = pageRequest(list, page);
    const webhooks = await em.find(
      WebhookEntity,
      { channelId, ...idAfter(request.from, request.isBackward) },
      { orderBy: { id: request.isBackward ? 'desc' : 'asc' }, limit: request.limit },
    );
    return toConnection(list, request, webhooks, (webhook) => [webhook.id]);
  }

  /** The log of a webhook, newest first. */
  async deliveries(
    em: EntityManager,
    webhookId: string,
    page: PageArguments,
  ): Promise<Connection<WebhookDeliveryEntity>> {
    const list = `deliveries:${webhookId}`;
    const request = pageRequest(list, page);
    const deliveries = await em.find(
      WebhookDeliveryEntity,
      { webhookId, ...idAfter(request.from, !request.isBackward) },
      { orderBy: { id: request.isBackward ? 'asc' : 'desc' }, limit: request.limit },
    );
    return toConnection(list, request, deliveries, (delivery) => [delivery.id]);
  }
}

const webhookAct = (action: string, targetId: string, details: Record<string, unknown> = {}): AuditAct => ({
  action,
  targetType: 'Webhook',
  targetId,
  details,
});

/** Ids grow with time, so that they are the order. @throws BAD_USER_INPUT on a cursor that holds none. */
function idAfter(from: (string | number)[] | undefined, isDescending: boolean) {
  if (from === undefined) return {};
  const [id] = from;
  if (!isId(id)) throw badUserInput({ after: 'That is not a cursor of this list.' });
  return { id: { [isDescending ? '$lt' : '$gt']: id } };
}
