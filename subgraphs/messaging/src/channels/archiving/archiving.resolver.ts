/** Mutations that archive and delete channels. */
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { MessagingContext } from '../../context';
import type { ChannelEntity } from '../channel.entity';
import { Channel } from '../channel.type';

@Resolver()
export class ArchivingResolver {
  @Mutation(() => Channel, {
    description:
      'Archives a channel: its messages stay readable, but nobody can write, react, join or change it, and lists leave it out. Idempotent. Requires an owner or moderator; FORBIDDEN for direct channels.',
  })
  async archiveChannel(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
  ): Promise<ChannelEntity> {
    const access = await context.loaders.channel.requireChannel(channelId);
    await context.services.archiving.archiveChannel(context.em, access);
    context.loaders.channel.clear(channelId);
    return context.loaders.channel.channelOf({ channelId: access.channel.id });
  }

  @Mutation(() => Channel, {
    description: 'Ends the archiving of a channel. Idempotent. Requires an owner or moderator.',
  })
  async unarchiveChannel(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
  ): Promise<ChannelEntity> {
    const access = await context.loaders.channel.requireChannel(channelId);
    await context.services.archiving.unarchiveChannel(context.em, access);
    context.loaders.channel.clear(channelId);
    return context.loaders.channel.channelOf({ channelId: access.channel.id });
  }

  @Mutation(() => Boolean, {
    description:
      'Permanently deletes a channel with its messages, webhooks, drafts and scheduled messages. Requires an owner, or a moderator of the installation; FORBIDDEN for direct channels.',
  })
  async deleteChannel(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
  ): Promise<boolean> {
    const access = await context.loaders.channel.requireChannel(channelId);
    await context.services.archiving.deleteChannel(context.em, access);
    context.loaders.channel.clear(channelId);
    return true;
  }
}
