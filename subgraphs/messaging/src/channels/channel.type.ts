/** Channels as clients see them. */
import { connectionType } from '@chat/kit/graphql/connection';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';
import { ChannelType } from './channel.entity';
import { MemberRole } from './member.entity';

@ObjectType({ simpleResolvers: true, description: 'An account in a channel.' })
export class ChannelMember {
  @Field(() => User, { nullable: true, description: 'The account; null where it no longer exists.' })
  user!: User | null;

  @Field(() => MemberRole, { description: 'What the member may do here.' })
  role!: MemberRole;

  @Field(() => Date, { description: 'When the account joined, the last time.' })
  joinedAt!: Date;

  @Field(() => Date, { nullable: true, description: 'Until when the member may not write; null where it may.' })
  mutedUntil!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'What the viewer is to a channel, and what waits there unread.' })
export class ViewerMembership {
  @Field(() => MemberRole, { description: 'What the viewer may do here.' })
  role!: MemberRole;

  @Field(() => Date, { description: 'When the viewer joined, the last time.' })
  joinedAt!: Date;

  @Field(() => Date, { nullable: true, description: 'Until when the viewer may not write; null where it may.' })
  mutedUntil!: Date | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => Int, { description: 'How many of the unread messages mention the viewer.' })
  mentionCount!: number;
}

@Directive('@key(fields: "id")')
@ObjectType({ simpleResolvers: true, description: 'A place for messages, with members.' })
export class Channel {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What it is called; null for direct channels.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'What it is about.' })
  topic!: string | null;

  @Field(() => ChannelType, { description: 'Who finds it and who gets in.' })
  type!: ChannelType;

  @Field(() => Int, {
    description: 'How long a member has to wait between two messages, in seconds; 0 for not at all.',
  })
  slowModeSeconds!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'After how many days messages are removed for good; null for never.',
  })
  retentionDays!: number | null;

  @Field(() => Int, { description: 'How many accounts are in it.' })
  memberCount!: number;

  @Field(() => Date, { description: 'When it was created.' })
  createdAt!: Date;
}

@ObjectType({ description: 'Channels, by name.' })
export class ChannelConnection extends connectionType('Channel', () => Channel) {}
