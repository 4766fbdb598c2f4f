/**
 * `POST /api/v1/hooks/<token>`: accepts the payloads of Slack's incoming webhooks and responds with Slack's error words as plain text.
 * A webhook has the current permissions of its creator, or of the API key that created it.
 */
import { isConnectionError } from '@chat/kit/database/connection-error';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError } from '@chat/kit/errors';
import { correlationIdFrom, CORRELATION_HEADER, withCorrelation, type Logger } from '@chat/kit/logging';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AbsentAuthors } from '../../channels/absent-authors';
import type { MessageSender } from '../../messages/message.sender';
import type { IncomingWebhookEntity } from './incoming-webhook.entity';
import type { IncomingWebhookLimiter } from './incoming-webhook.limiter';
import { HOOKS_PATH, type IncomingWebhookService } from './incoming-webhook.service';
import { readPayload } from './payload-reader';
import { plainName } from './sender-name';
import { readSlackPayload, type SlackMessage } from './slack-payload';

/** The response to a request: a status and Slack's word for it. */
class Answer extends Error {
  constructor(
    readonly status: number,
    readonly word: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(word);
  }
}

export class IncomingWebhookHttp {
  /** @param maxLength the longest message, in code points. */
  constructor(
    private readonly fork: () => EntityManager,
    private readonly webhooks: IncomingWebhookService,
    private readonly messages: MessageSender,
    private readonly authors: AbsentAuthors,
    private readonly limiter: IncomingWebhookLimiter,
    private readonly maxLength: number,
    private readonly log: Logger,
  ) {}

  /** For Subgraph.handleHttp. */
  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = request.url?.split('?')[0] ?? '';
    if (!path.startsWith(HOOKS_PATH)) return false;
    await withCorrelation(correlationIdFrom(request.headers[CORRELATION_HEADER]), async () => {
      const gone = goneSignal(response);
      const { status, word, headers } = await this.answer(request, path.slice(HOOKS_PATH.length), gone);
      if (gone.aborted) return;
      // The rest of an overlong body stays unread, so the connection cannot be reused.
      const connection: Record<string, string> = request.complete ? {} : { connection: 'close' };
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...connection, ...headers }).end(word);
    });
    return true;
  };

  private async answer(request: IncomingMessage, token: string, gone: AbortSignal): Promise<Answer> {
    try {
      return await this.take(request, token, gone);
    } catch (error) {
      if (error instanceof Answer) return error;
      if (gone.aborted) return new Answer(499, 'client_gone');
      return this.failure(error);
    }
  }

  private async take(request: IncomingMessage, token: string, gone: AbortSignal): Promise<Answer> {
    if (request.method !== 'POST') return new Answer(405, 'method_not_allowed', { allow: 'POST' });
    const em = this.fork();
    const webhook = await this.webhooks.findByToken(em, token);
    if (!webhook) return new Answer(404, 'no_service');
    const retryAfterSeconds = await this.limiter.take(webhook.id);
    if (retryAfterSeconds > 0) return new Answer(429, 'rate_limited', { 'retry-after': String(retryAfterSeconds) });
    const { value, problem } = await readPayload(request);
    gone.throwIfAborted();
    if (problem === 'too large') return new Answer(413, 'payload_too_large');
    const message = problem ? undefined : readSlackPayload(value);
    if (!message) return new Answer(400, 'invalid_payload');
    if (message.body === '') return new Answer(400, 'no_text');
    await this.send(em, webhook, message, gone);
    return new Answer(200, 'ok');
  }

  private async send(
    em: EntityManager,
    webhook: IncomingWebhookEntity,
    { username, body: text }: SlackMessage,
    gone: AbortSignal,
  ): Promise<void> {
    const { channelId, createdBy: accountId, madeByKey: keyId } = webhook;
    const author = await this.authors.writing(em, { accountId, keyId }, channelId);
    if (author.refusal !== undefined) throw new Answer(403, 'action_prohibited');
    const body = `**${plainName(username) || plainName(webhook.name)}**\n${text}`;
    if (body.length > 2 * this.maxLength || [...body].length > this.maxLength) throw new Answer(400, 'msg_too_long');
    await this.messages.sendMessage(() => em, author.access, { channelId, body }, { origin: 'WEBHOOK', signal: gone });
  }

  private failure(error: unknown): Answer {
    const { code, extensions } = error instanceof ApiError ? error : ({} as Partial<ApiError>);
    if (code === 'BAD_USER_INPUT') return new Answer(400, 'invalid_payload');
    if (code === 'FORBIDDEN' || code === 'NOT_FOUND') return new Answer(403, 'action_prohibited');
    if (code === 'RATE_LIMITED') {
      const retryAfterSeconds = Math.ceil(Number(extensions?.['retryAfterMs'] ?? 1000) / 1000);
      return new Answer(429, 'rate_limited', { 'retry-after': String(retryAfterSeconds) });
    }
    this.log.error({ err: error }, 'could not send the message of an incoming webhook');
    return new Answer(code === 'SERVICE_UNAVAILABLE' || isConnectionError(error) ? 503 : 500, 'fatal_error');
  }
}

/** Aborts if the client disconnects before the response. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => response.writableEnded || gone.abort());
  return gone.signal;
}
