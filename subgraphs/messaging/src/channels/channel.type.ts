/** GraphQL types of channels. */
import { connectionType } from '@chat/kit/graphql/connection';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';
import { ChannelType } from './channel.entity';
import { MemberRole } from './member.entity';

@ObjectType({ simpleResolvers: true, description: 'An account in a channel.' })
export class ChannelMember {
  @Field(() => User, { nullable: true, description: 'The account; null if it no longer exists.' })
  user!: User | null;

  @Field(() => MemberRole, { description: 'The role in the channel.' })
  role!: MemberRole;

  @Field(() => Date, { description: 'Time of the latest join.' })
  joinedAt!: Date;

  @Field(() => Date, { nullable: true, description: 'End of the mute; null if the member is not muted.' })
  mutedUntil!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "The viewer's membership in a channel, with unread counts." })
export class ViewerMembership {
  @Field(() => MemberRole, { description: "The viewer's role in the channel." })
  role!: MemberRole;

  @Field(() => Date, { description: 'Time of the latest join.' })
  joinedAt!: Date;

  @Field(() => Date, { nullable: true, description: 'End of the mute; null if the viewer is not muted.' })
  mutedUntil!: Date | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => Date, {
    nullable: true,
    description:
      'End of the time in which the channel does not notify the viewer (muteChannel); null if it does. A mute without an end has the year 9999.',
  })
  notificationsMutedUntil!: Date | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => Int, { description: 'Number of unread messages that mention the viewer.' })
  mentionCount!: number;
}

@Directive('@key(fields: "id")')
@ObjectType({ simpleResolvers: true, description: 'A channel: a stream of messages with members.' })
export class Channel {
  @Field(() => ID, { description: 'Opaque id (UUIDv7).' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The name; null for direct channels.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'The topic.' })
  topic!: string | null;

  @Field(() => ChannelType, { description: 'Visibility and admission.' })
  type!: ChannelType;

  @Field(() => Int, {
    description: 'Slow mode: the pause between two messages of a member, in seconds; 0 if off.',
  })
  slowModeSeconds!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Days after which messages are permanently removed; null for never.',
  })
  retentionDays!: number | null;

  @Field({ description: 'Whether guests may join and write. Only public channels can be open to guests.' })
  openToGuests!: boolean;

  @Field({ description: 'Whether its messages have `suggestedReactions`.' })
  suggestsReactions!: boolean;

  @Field({
    description: 'Whether its messages are a source of searches and answers, for the accounts that may read them.',
  })
  openToRetrieval!: boolean;

  @Field(() => Int, { description: 'Number of members.' })
  memberCount!: number;

  @Field(() => Date, { description: 'Time of creation.' })
  createdAt!: Date;

  @Field(() => Date, {
    nullable: true,
    description: 'Time of archiving; null if it is not archived. Archived channels can be read, but not written in.',
  })
  archivedAt!: Date | null;

  @Field(() => Date, { description: 'Time of the latest message, or of the creation before the first one.' })
  lastActivityAt!: Date;
}

@ObjectType({ description: 'Channels, sorted by name.' })
export class ChannelConnection extends connectionType('Channel', () => Channel) {}
