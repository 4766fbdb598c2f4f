/** Access to scheduled messages: their author only. Scheduling needs the permission to send now. */
import { and, isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';
import { mayWrite } from '../../channels/channel.policy';
import { writesInChannel } from '../message.policy';

export const scheduledMessagePolicy: Policy = {
  fields: {
    Query: { scheduledMessages: isLoggedIn },
    Mutation: {
      scheduleMessage: and(mayWrite, writesInChannel),
      cancelScheduledMessage: isLoggedIn, // finds only the viewer's own messages
    },
    ScheduledMessage: withParent('id', 'channel', 'body', 'sendAt', 'failure'),
  },
  references: {},
};
