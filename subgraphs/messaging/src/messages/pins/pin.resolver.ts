/** GraphQL resolvers for pins. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { ChannelEntity } from '../../channels/channel.entity';
import { Channel } from '../../channels/channel.type';
import type { MessagingContext } from '../../context';
import { accessMessage, changedMessage } from '../message.access';
import { toMessage } from '../message.entity';
import { Message } from '../message.type';
import { MAX_PINS } from './pin.service';

@Resolver(() => Channel)
export class PinResolver {
  @Directive(assumedSize(MAX_PINS))
  @FieldResolver(() => [Message], { description: `Pinned messages, newest first: at most ${MAX_PINS}.` })
  async pinnedMessages(@Ctx() { loaders }: MessagingContext, @Root() { id: channelId }: ChannelEntity) {
    return (await loaders.pins.load({ channelId })).map(toMessage);
  }

  @Mutation(() => Message, {
    description: `Pins a message in its channel; for members. A channel has at most ${MAX_PINS} pins.`,
  })
  async pinMessage(@Ctx() context: MessagingContext, @Arg('id', () => ID, { description: 'The message.' }) id: string) {
    const found = await accessMessage(context, id);
    await context.services.pins.pinMessage(context.em, found);
    return changedMessage(context, found);
  }

  @Mutation(() => Message, { description: 'Unpins a message; for members.' })
  async unpinMessage(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The message.' }) id: string,
  ) {
    const found = await accessMessage(context, id);
    await context.services.pins.unpinMessage(context.em, found);
    return changedMessage(context, found);
  }
}
