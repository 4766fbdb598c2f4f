/** Keeping order in channels, in the graph. */
import { textArgument } from '@chat/kit/graphql/text';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { ChannelEntity } from '../channels/channel.entity';
import { Channel, ChannelMember } from '../channels/channel.type';
import { MemberRole } from '../channels/member.entity';
import type { MessagingContext } from '../context';
import { MAX_FILTERED_WORDS } from './moderation.service';

const WHICH_CHANNEL = { description: 'Which channel.' };
const WHOM = { description: 'Whom; not an owner, and not a moderator unless the viewer is an owner.' };

@Resolver(() => Channel)
export class ModerationResolver {
  @Directive(VIEWER_DEPENDENT) // for some it is an error
  @FieldResolver(() => [String], {
    description: 'Words that messages here must not have; for its owners and moderators.',
  })
  filteredWords(@Root() { filteredWords }: ChannelEntity): string[] {
    return filteredWords;
  }

  @Mutation(() => ChannelMember, { description: 'Makes a member an owner, a moderator or neither; for owners.' })
  async setMemberRole(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('userId', () => ID, { description: 'Whom.' }) userId: string,
    @Arg('role', () => MemberRole, { description: 'What the member is to be.' }) role: MemberRole,
  ) {
    const access = await context.loaders.channel.requireChannel(channelId);
    return context.services.moderation.setMemberRole(context.em, access, userId, role);
  }

  @Mutation(() => ChannelMember, { description: 'Keeps a member from writing for a while; for owners and moderators.' })
  async muteMember(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('userId', () => ID, WHOM) userId: string,
    @Arg('until', () => Date, {
      nullable: true,
      description: 'Until when; absent for good. A moment in the past ends the mute.',
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

  @Mutation(() => Boolean, { description: 'Takes a member out for good; for owners and moderators.' })
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

  @Mutation(() => Boolean, { description: 'Ends a ban; the account may join again. For owners and moderators.' })
  async unbanMember(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('userId', () => ID, { description: 'Whom.' }) userId: string,
  ): Promise<boolean> {
    await context.services.moderation.unbanMember(
      context.em,
      await context.loaders.channel.requireChannel(channelId),
      userId,
    );
    return true;
  }

  @Mutation(() => Channel, {
    description: 'Replaces the words that messages must not have; for owners and moderators.',
  })
  async setFilteredWords(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, WHICH_CHANNEL) channelId: string,
    @Arg('words', () => [String], {
      validateFn: textArgument('words', { max: 100 }),
      description: `The words, in any case: at most ${MAX_FILTERED_WORDS} of up to 100 characters.`,
    })
    words: string[],
  ) {
    const access = await context.loaders.channel.requireChannel(channelId);
    await context.services.moderation.setFilteredWords(context.em, access, words);
    context.loaders.channel.clear(channelId);
    return (await context.loaders.channel.requireChannel(channelId)).channel;
  }
}
