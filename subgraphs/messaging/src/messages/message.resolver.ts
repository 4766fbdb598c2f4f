/** GraphQL resolvers for messages. */
import { notFound } from '@chat/kit/errors';
import { textArgument } from '@chat/kit/graphql/text';
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ChannelEntity } from '../channels/channel.entity';
import { Channel } from '../channels/channel.type';
import { channelStream } from '../channels/channel.events';
import type { MessagingContext } from '../context';
import type { MessageEntity } from './message.entity';
import { File } from './attachments/file.type';
import { SendMessageInput } from './message.input';
import { accessMessage, changedMessage } from './message.access';
import { MAX_EDITS } from './message.service';
import { Message, MessageConnection, MessageEdit } from './message.type';
import { AROUND } from './page-around';

@Resolver(() => Message)
export class MessageResolver {
  @Query(() => Message, { description: 'One message. NOT_FOUND if the viewer may not see it.' })
  async message(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The message.' }) id: string,
  ): Promise<MessageEntity> {
    return (await accessMessage(context, id)).message;
  }

  @FieldResolver(() => String, {
    description:
      'Event cursor of the event that announced this message: pass it as `after` of messageAdded or channelEvents to resume after it, or as `around` of a list of messages. Not a list cursor.',
  })
  cursor(@Root() message: MessageEntity, @Ctx() { feed }: MessagingContext): Promise<string> {
    return feed.cursor(channelStream.of(message.channelId), message.eventSeq);
  }

  @FieldResolver(() => String, {
    description:
      'The body as safe HTML: GitHub flavoured Markdown with emoji short names, without scripts or styles. A table with more cells than characters is rendered as text.',
  })
  async bodyHtml(@Ctx() { loaders }: MessagingContext, @Root() message: MessageEntity): Promise<string> {
    return (await loaders.text.load(message)).html;
  }

  @Directive(assumedSize(5))
  @FieldResolver(() => [File], {
    description:
      'Attached files, in the order of the sender. Deleted files are absent, and a deleted message has none.',
  })
  attachments(@Ctx() { loaders }: MessagingContext, @Root() { id, deletedAt }: MessageEntity): Promise<File[]> {
    return deletedAt ? Promise.resolve([]) : loaders.attachments.load(id);
  }

  @FieldResolver(() => Channel, { description: 'The channel of the message.' })
  channel(@Ctx() { loaders }: MessagingContext, @Root() message: MessageEntity): Promise<ChannelEntity> {
    return loaders.channel.channelOf(message);
  }

  @FieldResolver(() => Message, {
    nullable: true,
    description: 'The message to which this one replies; null if it is no reply or retention has removed the parent.',
  })
  parent(
    @Ctx() { loaders }: MessagingContext,
    @Root() { parentId }: MessageEntity,
  ): Promise<MessageEntity | null> | null {
    return parentId === null ? null : loaders.message.parentOf({ parentId });
  }

  @Directive(assumedSize(10))
  @FieldResolver(() => [MessageEdit], {
    description: `Earlier versions, oldest first: at most the latest ${MAX_EDITS}.`,
  })
  edits(@Ctx() { loaders }: MessagingContext, @Root() { id }: MessageEntity) {
    return loaders.edits.load(id);
  }

  @Mutation(() => Message, {
    description:
      'Sends a message and responds after the commit. RATE_LIMITED with `retryAfterMs` if slow mode requires a pause.',
  })
  async sendMessage(
    @Ctx() context: MessagingContext,
    @Arg('input', () => SendMessageInput, { description: 'The message and its channel.' }) input: SendMessageInput,
  ) {
    const access = await context.loaders.channel.accessToSend(input.channelId);
    if (!access) throw notFound('Channel');
    return context.services.sender.sendMessage(() => context.em, access, input);
  }

  @Mutation(() => Message, {
    description: 'Edits a message; for its author. `edits` keeps earlier versions.',
  })
  async editMessage(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The message.' }) id: string,
    @Arg('body', () => String, {
      validateFn: textArgument('body', { min: 0, max: Infinity, multiline: true }),
      description: 'Markdown, with the same limits as in sendMessage.',
    })
    body: string,
  ) {
    const found = await accessMessage(context, id);
    await context.services.messages.editMessage(context.em, found, body);
    return changedMessage(context, found);
  }

  @Mutation(() => Message, {
    description: 'Permanently deletes the text of a message; for its author and the moderators of the channel.',
  })
  async deleteMessage(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The message.' }) id: string,
  ) {
    const found = await accessMessage(context, id);
    await context.services.messages.deleteMessage(context.em, found);
    return changedMessage(context, found);
  }
}

@Resolver(() => Channel)
export class ChannelMessagesResolver {
  @FieldResolver(() => MessageConnection, { description: 'Messages of the channel including replies, oldest first.' })
  messages(
    @Ctx() { loaders }: MessagingContext,
    @Root() { id }: ChannelEntity,
    @Arg('rootsOnly', () => Boolean, {
      defaultValue: false,
      description: 'Leaves replies out, so that only root messages remain. List cursors stay valid if it changes.',
    })
    rootsOnly: boolean,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
    @Arg('around', () => ID, { nullable: true, description: AROUND }) around?: string,
  ) {
    return loaders.history.messages(id, { rootsOnly, first, after, last, before, around });
  }
}
