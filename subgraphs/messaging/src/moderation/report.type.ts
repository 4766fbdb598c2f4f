/** GraphQL types of reports. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { User } from '../users/user.type';
import { ReportState } from './report.entity';

export enum ReportAction {
  DISMISS = 'DISMISS',
  DELETE_MESSAGE = 'DELETE_MESSAGE',
  MUTE_AUTHOR = 'MUTE_AUTHOR',
}

registerEnumType(ReportAction, {
  name: 'ReportAction',
  description: 'Action on a report.',
  valuesConfig: {
    DISMISS: { description: 'No action.' },
    DELETE_MESSAGE: { description: 'Delete the message.' },
    MUTE_AUTHOR: { description: 'Mute the author in the channel for a day.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'A complaint about a message.' })
export class Report {
  @Field(() => ID, { description: 'Opaque id (UUIDv7).' })
  id!: string;

  @Field({ description: "The reason, in the reporter's words." })
  reason!: string;

  @Field(() => ReportState, { description: 'The state.' })
  state!: ReportState;

  @Field(() => User, { nullable: true, description: 'The reporter; null if the account no longer exists.' })
  reporter!: User | null;

  @Field(() => Date, { description: 'Time of the report.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'Time of the resolution; null while the report is open.' })
  resolvedAt!: Date | null;
}

@ObjectType({ description: 'Reports, oldest first.' })
export class ReportConnection extends connectionType('Report', () => Report) {}
