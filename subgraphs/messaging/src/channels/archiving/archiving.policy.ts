/** Rules for archiving and deleting. Owners and moderators archive; owners delete. Moderators of the installation do both. */
import { and, type Policy } from '@chat/kit/graphql/policy';
import { channelRule, mayWrite, moderatesChannel } from '../channel.policy';
import { deletes } from '../channel.rules';

// Direct channels have no moderators, so they cannot be archived.
const archivesChannel = and(mayWrite, moderatesChannel);

export const archivingPolicy: Policy = {
  fields: {
    Mutation: {
      archiveChannel: archivesChannel,
      unarchiveChannel: archivesChannel,
      deleteChannel: and(mayWrite, channelRule('deletes the channel', deletes)),
    },
  },
  references: {},
};
