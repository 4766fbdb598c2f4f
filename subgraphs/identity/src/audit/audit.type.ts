/** The audit log in the graph. */
import { connectionType } from '@chat/kit/graphql/connection';
import { IsText } from '@chat/kit/graphql/text';
import { GraphQLJSON } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';

@ObjectType({ description: 'A security-relevant or administrative act.' })
export class AuditAct {
  @Field(() => ID, { description: 'Opaque and permanent.' })
  id!: string;

  @Field({ description: 'Time of the act.' })
  at!: Date;

  @Field({ description: 'Noun and verb, such as role.assign.' })
  action!: string;

  @Field(() => User, {
    nullable: true,
    description: 'The account that acted; absent for anonymous requests, such as a refused login, and for the system.',
  })
  actor?: User | null;

  @Field(() => String, { nullable: true, description: "Name of the target's type in this graph." })
  targetType!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the target.' })
  targetId!: string | null;

  @Field(() => String, { nullable: true, description: "The client's network address; absent for the system." })
  ip?: string | null;

  @Field(() => String, { nullable: true, description: 'Correlation id of the request or job, as in the logs.' })
  correlationId!: string | null;

  @Field(() => GraphQLJSON, { description: 'Further facts by name.' })
  details!: Record<string, unknown>;
}

@ObjectType({ description: 'A page of the audit log, newest first.' })
export class AuditActConnection extends connectionType('AuditAct', () => AuditAct) {}

@InputType({ description: 'Selects acts that match every given member.' })
export class AuditLogFilter {
  @Field(() => ID, { nullable: true, description: 'Id of the account that acted.' })
  actorId?: string | null;

  @IsText({ max: 64 })
  @Field(() => String, { nullable: true, description: 'The full name of the action.' })
  action?: string | null;

  @IsText({ max: 64 })
  @Field(() => String, { nullable: true, description: "Name of the target's type." })
  targetType?: string | null;

  @IsText({ max: 64 })
  @Field(() => ID, { nullable: true, description: 'Id of the target.' })
  targetId?: string | null;

  @Field(() => Date, { nullable: true, description: 'Acts at this time or later.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Acts before this time.' })
  to?: Date | null;
}
