/** Resolvers of moderation. */
import { textArgument } from '@chat/kit/graphql/text';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { ChannelEntity } from '../channels/channel.entity';
import { Channel, ChannelMember } from '../channels/channel.type';
import { MemberRole } from '../channels/member.entity';
import type { MessagingContext } from '../context';
import { MAX_FILTERED_WORDS } from './moderation.service';

const WHICH_CHANNEL = { description: 'The channel.' };
const WHOM = { description: 'The account; not an owner, and a moderator only if the viewer is an owner.' };

@Resolver(() => Channel)
export class ModerationResolver {
  @Directive(VIEWER_DEPENDENT) // an error for viewers without the role
  @FieldResolver(() => [String], {
    description: 'Words that are refused in messages. Requires an owner or moderator.',
  })
  filteredWords(@Root() { filteredWords }: ChannelEntity): string[] {
    return filteredWords;
  }

  @Mutation(() => ChannelMember, { description: 'Sets the role of a member. Requires an owner.' })
  async setMemberRole(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('userId', () => ID, { description: 'The account.' }) userId: string,
    @Arg('role', () => MemberRole, { description: 'The new role.' }) role: MemberRole,
  ) {
    const access = await context.loaders.channel.requireChannel(channelId);
    return context.services.moderation.setMemberRole(context.em, access, userId, role);
  }

  @Mutation(() => ChannelMember, { description: 'Mutes a member. Requires an owner or moderator.' })
  async muteMember(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('userId', () => ID, WHOM) userId: string,
    @Arg('until', () => Date, {
      nullable: true,
      description: 'End of the mute; permanent if absent. A time in the past ends the mute now.',
    })
    until?: Date,
  ) {
    return context.services.moderation.muteMember(
      context.em,
      await context.loaders.channel.requireChannel(channelId),
      userId,
      until,
    );
  }

  @Mutation(() => Boolean, { description: 'Bans a member. Requires an owner or moderator.' })
  async banMember(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('userId', () => ID, WHOM) userId: string,
  ): Promise<boolean> {
    await context.services.moderation.banMember(
      context.em,
      await context.loaders.channel.requireChannel(channelId),
      userId,
    );
    return true;
  }

  @Mutation(() => Boolean, { description: 'Ends a ban; the account may join again. Requires an owner or moderator.' })
  async unbanMember(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('userId', () => ID, { description: 'The account.' }) userId: string,
  ): Promise<boolean> {
    await context.services.moderation.unbanMember(
      context.em,
      await context.loaders.channel.requireChannel(channelId),
      userId,
    );
    return true;
  }

  @Mutation(() => Channel, {
    description: 'Replaces the words that are refused in messages. Requires an owner or moderator.',
  })
  async setFilteredWords(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('words', () => [String], {
      validateFn: textArgument('words', { max: 100 }),
      description: `The words, case-insensitive: at most ${MAX_FILTERED_WORDS}, each at most 100 characters.`,
    })
    words: string[],
  ) {
    const access = await context.loaders.channel.requireChannel(channelId);
    await context.services.moderation.setFilteredWords(context.em, access, words);
    context.loaders.channel.clear(channelId);
    return (await context.loaders.channel.requireChannel(channelId)).channel;
  }
}
