/** Rules for reading, writing, changing and removing messages. A message that the viewer may not see is NOT_FOUND, as if it did not exist. */
import { forbidden, notFound } from '@chat/kit/errors';
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import { followsChannel, channelRule, mayWrite } from '../channels/channel.policy';
import { canSend } from '../channels/channel.rules';
import { canDelete, canEdit } from './message.rules';
import type { MessagingContext } from '../context';
import type { MessageAccess } from './message.loader';

export const writesInChannel = channelRule('may write in the channel', canSend);

const sendsToChannel = channelRule('may send to the channel', canSend, 'accessToSend');

/** A rule about the message in the arguments or the reference: first NOT_FOUND, then `check`, which returns true or the reason for a refusal. */
const messageRule = (name: string, check: (access: MessageAccess) => true | string) =>
  rule<MessagingContext, { id?: string; messageId?: string }, { id?: string } | undefined>(
    name,
    async (context, args, parent) => {
      const access = await context.loaders.message.accessMessage(args.messageId ?? args.id ?? parent?.id ?? '');
      if (!access) return notFound('Message');
      const verdict = check(access);
      return verdict === true || forbidden(verdict);
    },
  );

export const seesMessage = messageRule('sees the message', () => true);

/** Puts something on a message without changing it: a reaction, a pin. */
export const writesOnMessage = messageRule('may write in the channel of the message', (access) =>
  access.message.deletedAt ? 'The message is deleted.' : canSend(access),
);

const editsMessage = messageRule('wrote the message and may still write', canEdit);

const deletesMessage = messageRule('wrote the message or moderates the channel', canDelete);

export const messagePolicy: Policy = {
  fields: {
    Query: { message: and(isLoggedIn, seesMessage) },
    File: withParent('id'),
    Mutation: {
      sendMessage: and(mayWrite, sendsToChannel),
      editMessage: and(mayWrite, editsMessage),
      deleteMessage: and(mayWrite, deletesMessage),
    },
    Subscription: {
      messageAdded: and(isLoggedIn, followsChannel),
      channelEvents: and(isLoggedIn, followsChannel),
    },
    Channel: withParent('messages'),
    Message: withParent(
      'id',
      'seq',
      'cursor',
      'channel',
      'body',
      'bodyHtml',
      'author',
      'mentions',
      'attachments',
      'parent',
      'createdAt',
      'editedAt',
      'deletedAt',
      'edits',
    ),
    MessageEdit: withParent('body', 'editedAt'),
    MessageAdded: withParent('cursor', 'message'),
    MessageEdited: withParent('cursor', 'message'),
    MessageDeleted: withParent('cursor', 'messageId'),
    MembersChanged: withParent('cursor', 'channel'),
    ChannelUpdated: withParent('cursor', 'channel'),
    ChannelArchived: withParent('cursor', 'channel'),
    ChannelUnarchived: withParent('cursor', 'channel'),
    ChannelDeleted: withParent('cursor', 'channelId'),
    HistoryGap: withParent('cursor', 'reason'),
  },
  references: { Message: seesMessage },
};
