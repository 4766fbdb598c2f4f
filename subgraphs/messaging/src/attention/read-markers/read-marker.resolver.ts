/** Resolvers of read markers. */
import { HOUSEKEEPING, VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import { ChannelMember, ViewerMembership } from '../../channels/channel.type';
import type { ListedMember } from '../../channels/member.entity';
import { viewerMembership, type ViewerMembershipSource } from '../../channels/viewer-membership';
import type { MessagingContext } from '../../context';
import { Message } from '../../messages/message.type';

@Resolver(() => ViewerMembership)
export class ReadMarkerResolver {
  @FieldResolver(() => Message, {
    nullable: true,
    description:
      "The message at the viewer's read marker; null before the first message, or if retention has removed it.",
  })
  lastReadMessage(@Ctx() { loaders }: MessagingContext, @Root() { channelId, readSeq }: ViewerMembershipSource) {
    return loaders.messageAt.load({ channelId, seq: readSeq });
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Int, { description: "Number of messages after the viewer's read marker, without deleted ones." })
  unreadCount(@Ctx() { loaders }: MessagingContext, @Root() { unread }: ViewerMembershipSource): Promise<number> {
    return loaders.unread.load(unread);
  }

  @Directive(HOUSEKEEPING)
  @Mutation(() => ViewerMembership, {
    description: "Moves the viewer's read marker forward to a message; never back. Requires membership.",
  })
  async markRead(
    @Ctx() { em, loaders, services }: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
    @Arg('messageId', () => ID, { description: 'The last message that the viewer has read.' }) messageId: string,
  ): Promise<ViewerMembershipSource | null> {
    const access = await loaders.channel.requireChannel(channelId);
    await services.readMarkers.markRead(em, loaders.message, access, messageId);
    loaders.channel.clear(channelId);
    const after = await loaders.channel.accessChannel(channelId);
    return after && viewerMembership(after);
  }

  @Directive(HOUSEKEEPING)
  @Mutation(() => ViewerMembership, {
    description:
      "Moves the viewer's read marker back, so that this message and those after it are unread. No effect if it is unread already. Other members do not see it. BAD_USER_INPUT if the message is of another channel. Requires membership.",
  })
  async markUnread(
    @Ctx() { em, loaders, services }: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
    @Arg('messageId', () => ID, { description: 'The first message to be unread.' }) messageId: string,
  ): Promise<ViewerMembershipSource | null> {
    const access = await loaders.channel.requireChannel(channelId);
    await services.readMarkers.markUnread(em, loaders.message, access, messageId);
    loaders.channel.clear(channelId);
    const after = await loaders.channel.accessChannel(channelId);
    return after && viewerMembership(after);
  }
}

@Resolver(() => ChannelMember)
export class MemberReadMarkerResolver {
  @FieldResolver(() => Int, {
    description:
      'The number (`seq`) of the last message that the member has read; 0 before the first. ReadMarkerMoved tells of changes.',
  })
  lastReadSeq(@Root() { seenSeq }: ListedMember): number {
    return seenSeq;
  }

  @FieldResolver(() => Message, {
    nullable: true,
    description:
      'The last message that the member has read; null before the first message, or if retention has removed it.',
  })
  lastReadMessage(@Ctx() { loaders }: MessagingContext, @Root() { channelId, seenSeq }: ListedMember) {
    return loaders.messageAt.load({ channelId, seq: seenSeq });
  }
}
