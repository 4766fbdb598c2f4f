/** Channels: members and access. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import type { MessagingFeature } from '../feature';
import { AbsentAuthors } from './absent-authors';
import { AccessPublisher, TELL_ACCESS } from './access-publisher';
import { ChannelAccessReader } from './channel-access.reader';
import { channelStream } from './channel.events';
import { grantedOnChannels } from './channel.grants';
import { ChannelLoader } from './channel.loader';
import { channelPolicy } from './channel.policy';
import { channelReference } from './channel.reference';
import { ChannelResolver } from './channel.resolver';
import { ChannelOwners } from './channel-owners';
import { ChannelService } from './channel.service';
import { MemberListLoader } from './member-list.loader';
import { MemberService } from './member.service';

export const channelFeature: MessagingFeature<{
  services: {
    channelAccess: ChannelAccessReader;
    accessPublisher: AccessPublisher;
    absentAuthors: AbsentAuthors;
    channels: ChannelService;
    owners: ChannelOwners;
    members: MemberService;
  };
  loaders: { channel: ChannelLoader; members: MemberListLoader };
}> = {
  name: 'channels',
  resolvers: [ChannelResolver],
  references: { Channel: channelReference },
  policy: channelPolicy,
  streams: [channelStream],
  services({ config, disposal, eventLog, fork, grants, log, redis, subscriber }) {
    const channelAccess = new ChannelAccessReader(fork);
    const accessPublisher = disposal.use(new AccessPublisher(redis, config.REDIS_PREFIX, fork, log));
    const owners = disposal.use(new ChannelOwners(fork, eventLog, log));
    const stopWatching = watchAccessChanges(
      subscriber,
      ({ userId, isOut }) => {
        if (userId === undefined || isOut) owners.look(userId);
      },
      config.REDIS_PREFIX,
    );
    disposal.defer(stopWatching);
    return {
      owners,
      channelAccess,
      accessPublisher,
      absentAuthors: new AbsentAuthors(channelAccess, grants),
      channels: new ChannelService(eventLog, accessPublisher),
      members: new MemberService(eventLog, accessPublisher, owners),
    };
  },
  loaders: ({ em, viewer, parts: { grants, services } }) => ({
    channel: new ChannelLoader(services.channelAccess, viewer, () => grantedOnChannels(grants, viewer)),
    members: new MemberListLoader(em),
  }),
  jobs: ({ services }) => ({ tasks: { [TELL_ACCESS]: services.accessPublisher.publishAgain } }),
};
