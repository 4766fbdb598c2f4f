/**
 * Sends messages as the bots of plugins. Each has a token, which is its `clientMutationId`: a call that is repeated after a crash sends the
 * same messages once, and the depth of a chain of plugins is known from the token.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import { z } from 'zod';
import type { PluginBots } from '../bots/plugin.bots';
import type { Cause } from '../graph/cause';
import type { GraphClient } from '../graph/graph.client';
import type { Plugin } from '../registry/plugin';
import { causeOf, type Invocation } from '../registry/invocation';
import type { Operations } from './plugin.api';

const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }`;
const EDIT = `mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { id } }`;
const JOIN = `mutation ($channelId: ID!) { joinChannel(channelId: $channelId) { id } }`;

/** The prefix of tokens. */
export const TOKEN_PREFIX = 'plugin:';

/** Plugins that may act in a row on what another one did. */
export const MAX_DEPTH = 3;

const button = z.strictObject({
  id: z.string().regex(/^[a-z][\w-]{0,63}$/i),
  label: z.string().min(1).max(80),
  style: z.enum(['default', 'primary', 'danger']).default('default'),
  /** Handed to the action; not shown. */
  value: z.string().max(2_000).default(''),
});

export const buttons = z.array(button).max(25);

export type Button = z.output<typeof button>;

export const sending = z.strictObject({
  channelId: z.uuid(),
  text: z.string().min(1).max(100_000),
  parentId: z.uuid().nullish(),
  buttons: buttons.nullish(),
});

export const update = z.strictObject({
  messageId: z.uuid(),
  text: z.string().min(1).max(100_000),
  buttons: buttons.nullish(),
});

export type Sending = z.output<typeof sending>;

export class PluginMessages {
  /** Messages that a call has sent, so that each gets another token. */
  private readonly counts = new WeakMap<Invocation, number>();

  constructor(
    private readonly fork: () => EntityManager,
    private readonly graph: GraphClient,
    private readonly bots: PluginBots,
  ) {}

  readonly operations: Operations = {
    'messages.send': {
      permission: 'messages:send',
      run: ({ plugin, invocation }, argument) => this.send(plugin, invocation, parsed(sending, argument)),
    },
    'messages.update': {
      permission: 'messages:send',
      run: ({ plugin, invocation }, argument) => this.update(plugin, invocation, parsed(update, argument)),
    },
  };

  async send(plugin: Plugin, invocation: Invocation, { channelId, text, parentId, buttons }: Sending) {
    if (invocation.depth >= MAX_DEPTH) throw new Error(`Plugins react to one another ${MAX_DEPTH} times at most.`);
    const count = (this.counts.get(invocation) ?? 0) + 1;
    this.counts.set(invocation, count);
    const token = `${TOKEN_PREFIX}${plugin.id}:${invocation.key ?? newId()}:${count}`;
    await this.fork().execute(
      `insert into plugins.sent (token, plugin_id, depth, components) values (?, ?, ?, ?::jsonb)
       on conflict (token) do update set components = excluded.components`,
      [token, plugin.id, invocation.depth + 1, buttons ? JSON.stringify(buttons) : null],
    );
    const input = { channelId, body: text, parentId: parentId ?? null, clientMutationId: token };
    const key = this.bots.keyOf(plugin);
    const cause = causeOf(plugin, invocation);
    const post = () => this.graph.data<{ sendMessage: { id: string } }>(key, SEND, { input }, cause);
    try {
      return { id: (await this.orJoin(key, channelId, cause, post)).sendMessage.id };
    } catch (error) {
      // An earlier attempt of the same call has sent it, with other words.
      const { messageId } = error instanceof ApiError && error.code === 'CONFLICT' ? error.extensions : {};
      if (typeof messageId === 'string') return { id: messageId };
      throw error;
    }
  }

  /** Public channels are joined at the first message. */
  private async orJoin<T>(key: string, channelId: string, cause: Cause, post: () => Promise<T>): Promise<T> {
    try {
      return await post();
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'FORBIDDEN')) throw error;
      const { errors } = await this.graph.ask(key, JOIN, { channelId }, cause);
      if (errors) throw error;
      return post();
    }
  }

  private async update(plugin: Plugin, invocation: Invocation, { messageId, text, buttons }: z.output<typeof update>) {
    const variables = { id: messageId, body: text };
    await this.graph.data(this.bots.keyOf(plugin), EDIT, variables, causeOf(plugin, invocation));
    if (buttons)
      await this.fork().execute(
        `update plugins.sent s set components = ?::jsonb from messaging.messages m
         where m.id = ? and s.token = m.client_mutation_id and s.plugin_id = ?`,
        [JSON.stringify(buttons), messageId, plugin.id],
      );
    return { id: messageId };
  }
}

/** @throws with the problems as text for the author of the plugin */
export function parsed<Schema extends z.ZodType>(schema: Schema, argument: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(argument);
  if (error) throw new Error(`BAD_USER_INPUT: ${z.prettifyError(error).slice(0, 500)}`);
  return data;
}
