/** The messages of a channel as a client shows them. Pure functions for the caches of both clients. */
import type { OutboxEntry } from '@chat/client';
import type { HistoryQuery, MessagePartsFragment, SendMessageInput } from './generated/operations.ts';

/** Adds a message, or replaces it if it is there: an answer and an event bring the same message. */
export function withMessage(history: HistoryQuery, message: MessagePartsFragment): HistoryQuery {
  const { channel } = history;
  const others = channel.messages.edges.filter(({ node }) => node.id !== message.id);
  const edges = [...others, { __typename: 'MessageEdge' as const, node: message }];
  edges.sort((a, b) => a.node.seq - b.node.seq);
  return { ...history, channel: { ...channel, messages: { ...channel.messages, edges } } };
}

export interface TimelineItem {
  id: string;
  body: string;
  /** `sent` is on the server; the others are states of the outbox. */
  state: 'sent' | OutboxEntry<unknown>['state'];
}

/** The history with unsent messages at its end. */
export function timeline(
  history: HistoryQuery | null | undefined,
  unsent: readonly OutboxEntry<SendMessageInput>[],
  channelId: string,
): TimelineItem[] {
  const sent = history?.channel.messages.edges.map(({ node }) => node) ?? [];
  return [
    ...sent.map(({ id, body }) => ({ id, body, state: 'sent' as const })),
    ...unsent
      .filter(({ input }) => input.channelId === channelId)
      .map(({ id, input: { body }, state }) => ({ id, body, state })),
  ];
}
