/** Access to reactions: as visible as their message; members add their own. */
import { and, withParent, type Policy } from '@chat/kit/graphql/policy';
import { mayWrite } from '../../channels/channel.policy';
import { writesOnMessage } from '../message.policy';

const reacts = and(mayWrite, writesOnMessage);

export const reactionPolicy: Policy = {
  fields: {
    Mutation: { addReaction: reacts, removeReaction: reacts },
    Message: withParent('reactions'),
    Reaction: withParent('emoji', 'count', 'viewerReacted', 'reactors'),
    Reactor: withParent('user', 'reactedAt'),
    ReactionsChanged: withParent('cursor', 'message'),
  },
  references: {},
};
