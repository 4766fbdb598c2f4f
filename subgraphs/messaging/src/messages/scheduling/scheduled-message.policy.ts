/** Access to scheduled messages: their author only. Scheduling and changing need the permission to send now. */
import { forbidden, notFound } from '@chat/kit/errors';
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import { mayWrite } from '../../channels/channel.policy';
import { canSend } from '../../channels/channel.rules';
import type { MessagingContext } from '../../context';
import { writesInChannel } from '../message.policy';

const reschedules = rule<MessagingContext, { input: { id: string } }>(
  'scheduled the message and may send it now',
  async ({ em, loaders, services, viewer }, { input }) => {
    const message = await services.scheduledMessages.findScheduledMessage(em, viewer!.id, input.id);
    if (!message) return notFound('Scheduled message');
    const access = await loaders.channel.accessChannel(message.channelId);
    if (!access) return notFound('Channel');
    const verdict = canSend(access);
    return verdict === true || forbidden(verdict);
  },
);

export const scheduledMessagePolicy: Policy = {
  fields: {
    Query: { scheduledMessages: isLoggedIn },
    Mutation: {
      scheduleMessage: and(mayWrite, writesInChannel),
      updateScheduledMessage: and(mayWrite, reschedules),
      cancelScheduledMessage: isLoggedIn, // finds only the viewer's own messages
    },
    ScheduledMessage: withParent('id', 'channel', 'body', 'sendAt', 'failure'),
  },
  references: {},
};
