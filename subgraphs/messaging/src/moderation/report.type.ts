/** Reports of messages, as reporters and moderators see them. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { User } from '../users/user.type';

export enum ReportState {
  OPEN = 'OPEN',
  DISMISSED = 'DISMISSED',
  MESSAGE_DELETED = 'MESSAGE_DELETED',
  AUTHOR_MUTED = 'AUTHOR_MUTED',
}

registerEnumType(ReportState, {
  name: 'ReportState',
  description: 'What has become of a report.',
  valuesConfig: {
    OPEN: { description: 'It waits for a moderator.' },
    DISMISSED: { description: 'Nothing was done.' },
    MESSAGE_DELETED: { description: 'The message was deleted.' },
    AUTHOR_MUTED: { description: 'The author may not write in the channel for a day.' },
  },
});

export enum ReportAction {
  DISMISS = 'DISMISS',
  DELETE_MESSAGE = 'DELETE_MESSAGE',
  MUTE_AUTHOR = 'MUTE_AUTHOR',
}

registerEnumType(ReportAction, {
  name: 'ReportAction',
  description: 'What to do about a report.',
  valuesConfig: {
    DISMISS: { description: 'Nothing.' },
    DELETE_MESSAGE: { description: 'Delete the message.' },
    MUTE_AUTHOR: { description: 'Keep the author from writing in the channel for a day.' },
  },
});

@ObjectType({ simpleResolvers: true, description: "A member's word that a message should not be there." })
export class Report {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: "Why, in the reporter's words." })
  reason!: string;

  @Field(() => ReportState, { description: 'What has become of it.' })
  state!: ReportState;

  @Field(() => User, { nullable: true, description: 'Who reported; null where the account no longer exists.' })
  reporter!: User | null;

  @Field(() => Date, { description: 'When it was reported.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it was resolved; null while it is open.' })
  resolvedAt!: Date | null;
}

@ObjectType({ description: 'Reports, oldest first.' })
export class ReportConnection extends connectionType('Report', () => Report) {}
