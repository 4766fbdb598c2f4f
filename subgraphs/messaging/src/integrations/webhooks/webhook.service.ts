/** Creates, lists and deletes webhooks, and enforces limits. webhook.policy.ts checks permission before. */
import type { Secret } from '@chat/kit/auth/derived-keys';
import { recordAct, type AuditAct } from '@chat/identity-client/audit/audit';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, conflict, forbidden } from '@chat/kit/errors';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { refuseWrong } from '@chat/kit/graphql/wrong-fields';
import { isId, newId } from '@chat/kit/ids';
import { keyOf } from '../../channels/absent-authors';
import { lockAccess } from '../../channels/channel.lock';
import { moderates, type ChannelAccess } from '../../channels/channel.rules';
import { urlProblem, type AddressRule } from '@chat/kit/outbound/public-address';
import { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookEntity } from './webhook.entity';
import type { WebhookCreators } from './webhook.creators';
import { ALL_EVENTS } from './webhook.events';
import type { CreateWebhookInput } from './webhook.input';
import { webhookSecret } from './webhook.secret';

export const webhookEntities = [WebhookEntity, WebhookDeliveryEntity];

/** The limit per channel and for the installation, because each webhook multiplies the work per event. */
const MAX_WEBHOOKS = 20;

/** The longest overlap of two secrets, in seconds: 30 days. */
export const MAX_OVERLAP_SECONDS = 2_592_000;

export class WebhookService {
  /** @param eventTypes the event types that webhooks can receive. @param attempt enqueues a delivery within a transaction. */
  constructor(
    private readonly secret: Secret,
    private readonly isAllowed: AddressRule,
    private readonly eventTypes: readonly string[],
    private readonly creators: WebhookCreators,
    private readonly attempt: (tx: EntityManager, delivery: { id: string; webhookId: string }) => Promise<void>,
  ) {}

  /**
   * @param access to the channel of the events; null for the installation
   * @throws BAD_USER_INPUT if the URL is not allowed; LIMIT_EXCEEDED; FORBIDDEN or NOT_FOUND if the viewer no longer moderates.
   */
  async createWebhook(
    em: EntityManager,
    viewer: Viewer,
    access: ChannelAccess | null,
    input: CreateWebhookInput,
  ): Promise<WebhookEntity> {
    this.checkWebhook(input);
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

  /** @throws BAD_USER_INPUT with all wrong fields */
  checkWebhook({ url, events }: Pick<CreateWebhookInput, 'url' | 'events'>): void {
    const problem = urlProblem(url, this.isAllowed);
    const choices = [ALL_EVENTS, ...this.eventTypes];
    const isKnown = events.every((type) => choices.includes(type));
    refuseWrong(
      problem ? { url: `url ${problem}.` } : {},
      isKnown ? {} : { events: `events must be of: ${choices.join(', ')}` },
    );
  }

  /** Also deletes pending deliveries and the log. */
  async deleteWebhook(em: EntityManager, id: string): Promise<void> {
    await em.transactional(async (tx) => {
      if ((await tx.nativeDelete(WebhookEntity, { id })) > 0) await recordAct(tx, webhookAct('webhook.delete', id));
    });
  }

  /**
   * Sends future events; failed deliveries are not repeated. If the creator has lost access, the viewer becomes the owner.
   * @throws FORBIDDEN if the viewer may not create such a webhook.
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

  /** The current signing secret. */
  secretOf(webhook: WebhookEntity): string {
    return webhookSecret(this.secret, webhook);
  }

  /** Invalidates the secret before the replaced one, even during its overlap. @throws BAD_USER_INPUT */
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
   * Repeats a delivery at once with the same `webhook-id`, and retries it like a new one. Attempts a pending delivery at once.
   * @throws CONFLICT if the webhook is disabled.
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
      // Read before the commit, because the attempt may change it before the response.
      return tx.findOneOrFail(WebhookDeliveryEntity, { id: delivery.id }, { refresh: true });
    });
  }

  /** One delivery of any webhook. */
  findDelivery(em: EntityManager, id: string): Promise<WebhookDeliveryEntity | null> {
    return isId(id) ? em.findOne(WebhookDeliveryEntity, { id }) : Promise.resolve(null);
  }

  /** Webhooks of a channel, or of the installation if null, oldest first. */
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

/** Ids are ordered by time. @throws BAD_USER_INPUT if the cursor holds no id. */
function idAfter(from: (string | number)[] | undefined, isDescending: boolean) {
  if (from === undefined) return {};
  const [id] = from;
  if (!isId(id)) throw foreignCursor({ isBackward: false });
  return { id: { [isDescending ? '$lt' : '$gt']: id } };
}
