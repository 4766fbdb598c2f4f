/** Resolvers of channels. */
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

/** The channel after a change. */
async function changed(context: MessagingContext, id: string): Promise<ChannelEntity> {
  context.loaders.channel.clear(id);
  return (await context.loaders.channel.requireChannel(id)).channel;
}

@Resolver(() => Channel)
export class ChannelResolver {
  @Query(() => Channel, { description: 'A channel. NOT_FOUND if the viewer may not see it.' })
  async channel(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The channel.' }) id: string,
  ): Promise<ChannelEntity> {
    return (await context.loaders.channel.requireChannel(id)).channel;
  }

  @Query(() => ChannelConnection, {
    description:
      "Public channels, the viewer's own and channels granted to the viewer, sorted by name, without archived ones unless they are asked for.",
  })
  async channels(
    @Ctx() context: MessagingContext,
    @Arg('search', () => String, {
      validateFn: textArgument('search', { min: 0, max: 80, isSearch: true }),
      nullable: true,
      description: 'A part of the name; ignores case; at most 80 characters.',
    })
    search?: string,
    @Arg('includeArchived', () => Boolean, { defaultValue: false, description: 'Also lists archived channels.' })
    includeArchived?: boolean,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    const viewer = viewerOf(context);
    const granted = await context.grants.ids(viewer, 'READ', 'Channel');
    return listChannels(context.em, viewer.id, granted, { search, includeArchived, first, after, last, before });
  }

  @FieldResolver(() => String, {
    description:
      'Event cursor of the channel, no later than the other fields of the same response: pass it as `after` of channelEvents to receive all events since. Opaque. Not a list cursor.',
  })
  cursor(@Root() channel: ChannelEntity, @Ctx() { feed }: MessagingContext): Promise<string> {
    return feed.cursor(channelStream.of(channel.id), channel.eventSeq);
  }

  @Directive(slicedBy('first'))
  @FieldResolver(() => [ChannelMember], { description: 'The members, sorted by account id.' })
  members(
    @Ctx() { loaders }: MessagingContext,
    @Root() channel: ChannelEntity,
    @Arg('first', () => Int, { defaultValue: MAX_MEMBERS, description: `Number of members: 1 to ${MAX_MEMBERS}.` })
    first: number,
    @Arg('after', () => ID, { nullable: true, description: 'The account id of the last member of the previous page.' })
    after?: string,
  ) {
    return loaders.members.members(channel.id, first, after);
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => ViewerMembership, {
    nullable: true,
    description: "The viewer's membership; null if the viewer is not a member.",
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
    @Arg('input', () => CreateChannelInput, { description: 'The channel to create.' }) input: CreateChannelInput,
  ) {
    return changed(context, await context.services.channels.createChannel(context.em, viewerOf(context), input));
  }

  @Mutation(() => Channel, {
    description: 'The direct channel of the viewer and these accounts; created if it does not exist.',
  })
  async openDirectChannel(
    @Ctx() context: MessagingContext,
    @Arg('userIds', () => [ID], {
      description: `The other accounts: at most ${MAX_DIRECT_MEMBERS - 1}; empty for notes to oneself.`,
    })
    userIds: string[],
  ) {
    return changed(context, await context.services.channels.openDirectChannel(context.em, viewerOf(context), userIds));
  }

  @Mutation(() => Channel, { description: 'Changes a channel. Requires an owner or moderator.' })
  async updateChannel(
    @Ctx() context: MessagingContext,
    @Arg('input', () => UpdateChannelInput, { description: 'The changes.' }) input: UpdateChannelInput,
  ) {
    await context.services.channels.updateChannel(
      context.em,
      await context.loaders.channel.requireChannel(input.id),
      input,
    );
    return changed(context, input.id);
  }

  @Mutation(() => Channel, {
    description:
      'Makes the viewer a member of a public channel. Guests may join channels that are open to guests; FORBIDDEN for others.',
  })
  async joinChannel(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
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
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
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
    description:
      'Adds accounts to a channel. Any member may add to a public channel; owners and moderators may add to a private one.',
  })
  async addMembers(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
    @Arg('userIds', () => [ID], { description: `The accounts: at most ${MAX_ADDED_MEMBERS}.` }) userIds: string[],
  ) {
    await context.services.members.addMembers(
      context.em,
      await context.loaders.channel.requireChannel(channelId),
      userIds,
    );
    return changed(context, channelId);
  }

  @Mutation(() => Channel, { description: 'Removes an account from a channel. Requires an owner or moderator.' })
  async removeMember(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
    @Arg('userId', () => ID, { description: 'The account.' }) userId: string,
  ) {
    const found = await context.loaders.channel.requireChannel(channelId);
    await context.services.members.removeMember(context.em, found, userId);
    context.loaders.channel.clear(channelId);
    return context.loaders.channel.channelOf({ channelId }); // without the access check: viewers may remove themselves
  }
}
