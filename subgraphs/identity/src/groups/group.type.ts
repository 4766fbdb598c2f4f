/** A named set of accounts that can be granted things and mentioned together; the same class is stored and shown. */
import { connectionType } from '@chat/kit/graphql/connection';
import { IsText } from '@chat/kit/graphql/text';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Directive, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';

@Directive('@key(fields: "id")')
@Entity({ tableName: 'groups' })
@ObjectType({ description: 'A named set of accounts, to grant things to and to mention together.' })
export class Group {
  @PrimaryKey({ type: 'uuid' })
  @Field(() => ID, { description: 'Opaque and permanent.' })
  id!: string;

  @Property({ type: 'text' })
  @Field({ description: 'Unique, whatever the case; what others write after an @.' })
  name!: string;

  @Property({ type: 'text' })
  nameKey!: string;

  /** See nameSkeleton(): unique, and shared with no account. */
  @Property({ type: 'text' })
  nameSkeleton!: string;

  @Property({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description!: string | null;
}

@ObjectType({ description: "A page of a group's members." })
export class GroupMemberConnection extends connectionType('GroupMember', () => User) {
  @Field(() => Int, { description: 'How many members there are on all pages; counted when asked for.' })
  totalCount!: number;
}

@InputType({ description: 'A new group.' })
export class CreateGroupInput {
  @IsText({ min: 0, max: 64 })
  @Field({ description: '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT where it is taken.' })
  name!: string;

  @IsText({ max: 500 })
  @Field(() => String, { nullable: true, description: 'What it is for, up to 500 characters.' })
  description?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Ids of the first members, at most 100.' })
  memberIds?: string[] | null;
}
