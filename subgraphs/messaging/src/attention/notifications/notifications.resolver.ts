/** Mutations that mute the notifications of a channel. */
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { ViewerMembership } from '../../channels/channel.type';
import { viewerMembership, type ViewerMembershipSource } from '../../channels/viewer-membership';
import type { MessagingContext } from '../../context';

@Resolver()
export class NotificationsResolver {
  @Mutation(() => ViewerMembership, {
    description:
      'Mutes the notifications of a channel for the viewer: the inbox has no Mentioned and DirectMessageReceived from it. Messages and mentions are still counted and listed. Requires membership.',
  })
  muteChannel(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
    @Arg('until', () => Date, {
      nullable: true,
      description: 'End of the mute; without an end if absent. A time in the past ends the mute now.',
    })
    until?: Date | null,
  ): Promise<ViewerMembershipSource | null> {
    return setMute(context, channelId, until ?? undefined);
  }

  @Mutation(() => ViewerMembership, {
    description: 'Ends the mute of the notifications of a channel for the viewer. Idempotent. Requires membership.',
  })
  unmuteChannel(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
  ): Promise<ViewerMembershipSource | null> {
    return setMute(context, channelId, null);
  }
}

/** @param until null for no mute, undefined for one without an end */
async function setMute(
  { em, loaders, services }: MessagingContext,
  channelId: string,
  until: Date | null | undefined,
): Promise<ViewerMembershipSource | null> {
  const access = await loaders.channel.requireChannel(channelId);
  await services.notifications.muteChannel(em, access, until);
  loaders.channel.clear(channelId);
  const after = await loaders.channel.accessChannel(channelId);
  return after && viewerMembership(after);
}
