/** Channels: members and access. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import type { MessagingFeature } from '../feature';
import { AbsentAuthors } from './absent-authors';
import { AccessNews, TELL_ACCESS } from './access-news';
import { ChannelAccessReader } from './channel-access.reader';
import { channelStream } from './channel.events';
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
    accessNews: AccessNews;
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
  replicaReads: ['channel'],
  streams: [channelStream],
  services({ config, database, disposal, eventLog, fork, grants, log, redis, subscriber }) {
    const channelAccess = new ChannelAccessReader(() => database.pool());
    const accessNews = disposal.use(new AccessNews(redis, config.REDIS_PREFIX, fork, log));
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
      accessNews,
      absentAuthors: new AbsentAuthors(channelAccess, grants),
      channels: new ChannelService(eventLog, accessNews),
      members: new MemberService(eventLog, accessNews, owners),
    };
  },
  loaders: ({ pool, viewer, parts: { grants, services } }) => ({
    channel: new ChannelLoader(services.channelAccess, viewer, () => grants.on(viewer, 'Channel')),
    members: new MemberListLoader(pool),
  }),
  jobs: ({ services }) => ({ tasks: { [TELL_ACCESS]: services.accessNews.publishAgain } }),
};
