/** Scheduled messages are their author's alone; who may send one now may schedule one. */
import { and, isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';
import { mayWrite } from '../../channels/channel.policy';
import { writesInChannel } from '../message.policy';

export const scheduledMessagePolicy: Policy = {
  fields: {
    Query: { scheduledMessages: isLoggedIn },
    Mutation: {
      scheduleMessage: and(mayWrite, writesInChannel),
      cancelScheduledMessage: isLoggedIn, // of all scheduled messages only the viewer's own exist for it
    },
    ScheduledMessage: withParent('id', 'channel', 'body', 'sendAt', 'failure'),
  },
  references: {},
};
