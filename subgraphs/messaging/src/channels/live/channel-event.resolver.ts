/** Fields of channel events that load the message or the channel. Event rows hold ids only. */
import { Ctx, FieldResolver, Resolver, Root, type ClassType } from 'type-graphql';
import type { ChannelEvents } from '../channel.events';
import { Channel } from '../channel.type';
import type { MessagingContext } from '../../context';
import { Message } from '../../messages/message.type';
import {
  ChannelArchived,
  ChannelUnarchived,
  ChannelUpdated,
  MembersChanged,
  MessageAdded,
  MessageEdited,
  PinsChanged,
  ReactionsChanged,
  type ChannelEventSource,
} from './channel-event.type';

function messageEventResolver(type: ClassType) {
  @Resolver(() => type)
  class MessageEventResolver {
    @FieldResolver(() => Message, { description: 'The message in its present state.' })
    message(@Ctx() { loaders }: MessagingContext, @Root() event: ChannelEvents['MessageAdded']) {
      return loaders.message.messageOf(event);
    }
  }
  return MessageEventResolver;
}

function channelEventResolver(type: ClassType) {
  @Resolver(() => type)
  class ChannelEventResolver {
    @FieldResolver(() => Channel, { description: 'The channel in its present state.' })
    channel(@Ctx() { loaders }: MessagingContext, @Root() event: ChannelEventSource) {
      return loaders.channel.channelOf(event);
    }
  }
  return ChannelEventResolver;
}

export const channelEventResolvers = [
  ...[MessageAdded, MessageEdited, ReactionsChanged, PinsChanged].map(messageEventResolver),
  ...[MembersChanged, ChannelUpdated, ChannelArchived, ChannelUnarchived].map(channelEventResolver),
];
