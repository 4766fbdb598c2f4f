/** Messages in the graph. */
import { textArgument } from '@chat/kit/graphql/text';
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ChannelEntity } from '../channels/channel.entity';
import { Channel } from '../channels/channel.type';
import { channelStream } from '../channels/channel.events';
import type { MessagingContext } from '../context';
import type { MessageEntity } from './message.entity';
import { SendMessageInput } from './message.input';
import { accessMessage, changedMessage } from './message.access';
import { MAX_EDITS } from './message.service';
import { Message, MessageConnection, MessageEdit } from './message.type';

@Resolver(() => Message)
export class MessageResolver {
  @Query(() => Message, { description: 'One message. NOT_FOUND where the viewer may not see it.' })
  async message(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'Which message.' }) id: string,
  ): Promise<MessageEntity> {
    return (await accessMessage(context, id)).message;
  }

  @FieldResolver(() => String, {
    description:
      "Opaque place of its being sent in the channel's stream: `after` of messageAdded and channelEvents resumes behind it.",
  })
  cursor(@Root() message: MessageEntity, @Ctx() { feed }: MessagingContext): Promise<string> {
    return feed.cursor(channelStream.of(message.channelId), message.eventSeq);
  }

  @FieldResolver(() => String, {
    description:
      'The body as HTML that is safe to show: GitHub flavoured Markdown, emoji short names, no scripts or styles. A table that has more cells than its text has characters is shown as text.',
  })
  async bodyHtml(@Ctx() { loaders }: MessagingContext, @Root() message: MessageEntity): Promise<string> {
    return (await loaders.text.load(message)).html;
  }

  @FieldResolver(() => Channel, { description: 'Where it was sent.' })
  channel(@Ctx() { loaders }: MessagingContext, @Root() message: MessageEntity): Promise<ChannelEntity> {
    return loaders.channel.channelOf(message);
  }

  @FieldResolver(() => Message, {
    nullable: true,
    description: 'What it is a reply to; null where it is none, or where retention has removed that.',
  })
  parent(
    @Ctx() { loaders }: MessagingContext,
    @Root() { parentId }: MessageEntity,
  ): Promise<MessageEntity | null> | null {
    return parentId === null ? null : loaders.message.parentOf({ parentId });
  }

  @Directive(assumedSize(10))
  @FieldResolver(() => [MessageEdit], {
    description: `What it said before each change, oldest first: before the last ${MAX_EDITS} changes.`,
  })
  edits(@Ctx() { loaders }: MessagingContext, @Root() { id }: MessageEntity) {
    return loaders.edits.load(id);
  }

  @Mutation(() => Message, {
    description:
      'Sends a message. Answers when it is stored for good. RATE_LIMITED with `retryAfterMs` where the channel is in slow mode and the viewer has written just before.',
  })
  async sendMessage(
    @Ctx() { em, loaders, services }: MessagingContext,
    @Arg('input', () => SendMessageInput, { description: 'What to send, and where.' }) input: SendMessageInput,
  ) {
    const access = await loaders.channel.requireChannel(input.channelId);
    return services.sender.sendMessage(em, access, input);
  }

  @Mutation(() => Message, {
    description: 'Changes what a message says; for its author. Earlier versions are kept in `edits`.',
  })
  async editMessage(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'Which message.' }) id: string,
    @Arg('body', () => String, {
      validateFn: textArgument('body', { min: 0, max: Infinity, multiline: true }),
      description: 'Markdown; the same limits as for sending.',
    })
    body: string,
  ) {
    const found = await accessMessage(context, id);
    await context.services.messages.editMessage(context.em, found, body);
    return changedMessage(context, found);
  }

  @Mutation(() => Message, {
    description: 'Removes what a message says, for good; for its author and the moderators of the channel.',
  })
  async deleteMessage(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'Which message.' }) id: string,
  ) {
    const found = await accessMessage(context, id);
    await context.services.messages.deleteMessage(context.em, found);
    return changedMessage(context, found);
  }
}

@Resolver(() => Channel)
export class ChannelMessagesResolver {
  @FieldResolver(() => MessageConnection, { description: 'Its messages, oldest first, replies included.' })
  messages(
    @Ctx() { loaders }: MessagingContext,
    @Root() { id }: ChannelEntity,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    return loaders.history.messages(id, { first, after, last, before });
  }
}
