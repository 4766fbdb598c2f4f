/** Access to pins: readers of the channel see them, members change them. */
import { and, withParent, type Policy } from '@chat/kit/graphql/policy';
import { mayWrite } from '../../channels/channel.policy';
import { writesOnMessage } from '../message.policy';

const pins = and(mayWrite, writesOnMessage);

export const pinPolicy: Policy = {
  fields: {
    Mutation: { pinMessage: pins, unpinMessage: pins },
    Channel: withParent('pinnedMessages'),
    Message: withParent('pinned'),
    PinsChanged: withParent('cursor', 'message'),
  },
  references: {},
};
