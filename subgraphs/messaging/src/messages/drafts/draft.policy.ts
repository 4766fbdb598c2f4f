/** Access to drafts: their author only. */
import { and, isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';
import { joinedChannel } from '../../channels/channel.policy';

export const draftPolicy: Policy = {
  fields: {
    Query: { drafts: isLoggedIn },
    Mutation: {
      saveDraft: and(isLoggedIn, joinedChannel),
    },
    DraftChanged: withParent('draft'),
    Draft: withParent('channel', 'body', 'updatedAt'),
  },
  references: {},
};
