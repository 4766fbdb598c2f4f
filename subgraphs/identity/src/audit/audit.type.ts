/** The audit log as administrators see it. */
import { connectionType } from '@chat/kit/graphql/connection';
import { IsText } from '@chat/kit/graphql/text';
import { GraphQLJSON } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';

@ObjectType({ description: 'A security-relevant or administrative act.' })
export class AuditAct {
  @Field(() => ID, { description: 'Opaque and permanent.' })
  id!: string;

  @Field({ description: 'When it happened.' })
  at!: Date;

  @Field({ description: 'Noun and verb, such as role.assign.' })
  action!: string;

  @Field(() => User, {
    nullable: true,
    description: 'Who did it; absent for nobody (a refused login) and for the system.',
  })
  actor?: User | null;

  @Field(() => String, { nullable: true, description: 'Name of the type in this graph that it was done to.' })
  targetType!: string | null;

  @Field(() => ID, { nullable: true, description: 'Of what it was done to.' })
  targetId!: string | null;

  @Field(() => String, { nullable: true, description: "The client's network address; absent for the system." })
  ip?: string | null;

  @Field(() => String, { nullable: true, description: 'Of the request or job, as in the logs.' })
  correlationId!: string | null;

  @Field(() => GraphQLJSON, { description: 'Further facts, by name.' })
  details!: Record<string, unknown>;
}

@ObjectType({ description: 'A page of the audit log, newest first.' })
export class AuditActConnection extends connectionType('AuditAct', () => AuditAct) {}

@InputType({ description: 'Which acts; all of what is given must fit.' })
export class AuditLogFilter {
  @Field(() => ID, { nullable: true, description: 'Of the account that did it.' })
  actorId?: string | null;

  @IsText({ max: 64 })
  @Field(() => String, { nullable: true, description: 'The whole name of the action.' })
  action?: string | null;

  @IsText({ max: 64 })
  @Field(() => String, { nullable: true, description: 'Name of the type that it was done to.' })
  targetType?: string | null;

  @IsText({ max: 64 })
  @Field(() => ID, { nullable: true, description: 'Of what it was done to.' })
  targetId?: string | null;

  @Field(() => Date, { nullable: true, description: 'From this moment on.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Before this moment.' })
  to?: Date | null;
}
