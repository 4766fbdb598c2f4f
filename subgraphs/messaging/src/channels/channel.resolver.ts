/** Channels in the graph. */
import { textArgument } from '@chat/kit/graphql/text';
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { slicedBy } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../context';
import type { ChannelEntity } from './channel.entity';
import { channelStream } from './channel.events';
import { CreateChannelInput, MAX_ADDED_MEMBERS, UpdateChannelInput } from './channel.input';
import { listChannels } from './channel.list';
import { MAX_MEMBERS } from './member-list.loader';
import { MAX_DIRECT_MEMBERS } from './channel.service';
import { Channel, ChannelConnection, ChannelMember, ViewerMembership } from './channel.type';
import { viewerMembership, type ViewerMembershipSource } from './viewer-membership';

/** The channel as it is after a change. */
async function changed(context: MessagingContext, id: string): Promise<ChannelEntity> {
  context.loaders.channel.clear(id);
  return (await context.loaders.channel.requireChannel(id)).channel;
}

@Resolver(() => Channel)
export class ChannelResolver {
  @Query(() => Channel, { description: 'One channel. NOT_FOUND where the viewer may not see it.' })
  async channel(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'Which channel.' }) id: string,
  ): Promise<ChannelEntity> {
    return (await context.loaders.channel.requireChannel(id)).channel;
  }

  @Query(() => ChannelConnection, {
    description: "Public channels, the viewer's own, and those that it was granted, by name.",
  })
  async channels(
    @Ctx() context: MessagingContext,
    @Arg('search', () => String, {
      validateFn: textArgument('search', { min: 0, max: 80, isSearch: true }),
      nullable: true,
      description: 'A part of the name, in any case: at most 80 characters.',
    })
    search?: string,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    const viewer = viewerOf(context);
    const granted = await context.grants.ids(viewer, 'READ', 'Channel');
    return listChannels(context.em, viewer.id, granted, { search, first, after, last, before });
  }

  @FieldResolver(() => String, {
    description:
      "Opaque place in the channel's stream, no later than anything else that is read of the channel along with it: `after` of channelEvents brings what has happened since.",
  })
  cursor(@Root() channel: ChannelEntity, @Ctx() { feed }: MessagingContext): Promise<string> {
    return feed.cursor(channelStream.of(channel.id), channel.eventSeq);
  }

  @Directive(slicedBy('first'))
  @FieldResolver(() => [ChannelMember], { description: 'Who is in it, by account id.' })
  members(
    @Ctx() { loaders }: MessagingContext,
    @Root() channel: ChannelEntity,
    @Arg('first', () => Int, { defaultValue: MAX_MEMBERS, description: `How many: 1 to ${MAX_MEMBERS}.` })
    first: number,
    @Arg('after', () => ID, { nullable: true, description: 'The account id of the last member that is known already.' })
    after?: string,
  ) {
    return loaders.members.members(channel.id, first, after);
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => ViewerMembership, {
    nullable: true,
    description: 'What the viewer is to the channel; null where it is no member.',
  })
  async viewerMembership(
    @Ctx() context: MessagingContext,
    @Root() channel: ChannelEntity,
  ): Promise<ViewerMembershipSource | null> {
    const found = await context.loaders.channel.accessChannel(channel.id);
    return found && viewerMembership(found);
  }

  @Mutation(() => Channel, { description: 'Creates a public or private channel, owned by the viewer.' })
  async createChannel(
    @Ctx() context: MessagingContext,
    @Arg('input', () => CreateChannelInput, { description: 'What it is to be.' }) input: CreateChannelInput,
  ) {
    return changed(context, await context.services.channels.createChannel(context.em, viewerOf(context), input));
  }

  @Mutation(() => Channel, {
    description: 'The direct channel of the viewer and these accounts; made where there is none yet.',
  })
  async openDirectChannel(
    @Ctx() context: MessagingContext,
    @Arg('userIds', () => [ID], {
      description: `The others: at most ${MAX_DIRECT_MEMBERS - 1}; none for notes to oneself.`,
    })
    userIds: string[],
  ) {
    return changed(context, await context.services.channels.openDirectChannel(context.em, viewerOf(context), userIds));
  }

  @Mutation(() => Channel, { description: 'Changes a channel; for its owners and moderators.' })
  async updateChannel(
    @Ctx() context: MessagingContext,
    @Arg('input', () => UpdateChannelInput, { description: 'What to change.' }) input: UpdateChannelInput,
  ) {
    await context.services.channels.updateChannel(
      context.em,
      await context.loaders.channel.requireChannel(input.id),
      input,
    );
    return changed(context, input.id);
  }

  @Mutation(() => Channel, { description: 'Makes the viewer a member of a public channel.' })
  async joinChannel(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'Which channel.' }) channelId: string,
  ) {
    await context.services.members.joinChannel(
      context.em,
      viewerOf(context),
      await context.loaders.channel.requireChannel(channelId),
    );
    return changed(context, channelId);
  }

  @Mutation(() => Boolean, { description: "Ends the viewer's membership. Subscriptions to the channel end with it." })
  async leaveChannel(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'Which channel.' }) channelId: string,
  ): Promise<boolean> {
    await context.services.members.leaveChannel(
      context.em,
      viewerOf(context),
      await context.loaders.channel.requireChannel(channelId),
    );
    context.loaders.channel.clear(channelId);
    return true;
  }

  @Mutation(() => Channel, {
    description: 'Adds accounts: by any member to a public channel, by owners and moderators to a private one.',
  })
  async addMembers(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'Which channel.' }) channelId: string,
    @Arg('userIds', () => [ID], { description: `The accounts: at most ${MAX_ADDED_MEMBERS}.` }) userIds: string[],
  ) {
    await context.services.members.addMembers(
      context.em,
      await context.loaders.channel.requireChannel(channelId),
      userIds,
    );
    return changed(context, channelId);
  }

  @Mutation(() => Channel, { description: 'Takes an account out of a channel; for its owners and moderators.' })
  async removeMember(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'Which channel.' }) channelId: string,
    @Arg('userId', () => ID, { description: 'Whom.' }) userId: string,
  ) {
    const found = await context.loaders.channel.requireChannel(channelId);
    await context.services.members.removeMember(context.em, found, userId);
    context.loaders.channel.clear(channelId);
    return context.loaders.channel.channelOf({ channelId }); // who removed itself may still see what it did
  }
}
