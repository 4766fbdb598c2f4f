/** A named set of permissions that accounts can be given on top of their roles; the same class is stored and shown. */
import { ArrayType } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { IsText } from '@chat/kit/graphql/text';
import { Permission } from '../roles/role';

@Entity({ tableName: 'custom_roles' })
@ObjectType({ description: "A named set of permissions on the whole installation, on top of an account's roles." })
export class CustomRole {
  @PrimaryKey({ type: 'uuid' })
  @Field(() => ID, { description: 'Opaque and permanent.' })
  id!: string;

  @Property({ type: 'text' })
  @Field({ description: 'Unique, whatever the case.' })
  name!: string;

  @Property({ type: 'text' })
  nameKey!: string;

  @Property({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description!: string | null;

  @Property({ type: ArrayType, columnType: 'text[]' })
  @Field(() => [Permission], { description: 'What it allows everywhere.' })
  permissions!: Permission[];
}

@InputType({ description: 'A new custom role.' })
export class CreateCustomRoleInput {
  @IsText({ max: 64 })
  @Field({ description: 'Up to 64 characters. CONFLICT where it is taken in any case.' })
  name!: string;

  @IsText({ max: 500 })
  @Field(() => String, { nullable: true, description: 'What it is for, up to 500 characters.' })
  description?: string | null;

  @Field(() => [Permission], { description: 'What it allows everywhere.' })
  permissions!: Permission[];
}

@InputType({ description: 'Changes of a custom role; what is absent stays.' })
export class UpdateCustomRoleInput {
  @Field(() => ID, { description: 'Of the role. NOT_FOUND where there is none.' })
  id!: string;

  @IsText({ max: 64 })
  @Field(() => String, { nullable: true, description: 'Up to 64 characters. CONFLICT where it is taken in any case.' })
  name?: string | null;

  @IsText({ max: 500 })
  @Field(() => String, { nullable: true, description: 'What it is for, up to 500 characters.' })
  description?: string | null;

  @Field(() => [Permission], { nullable: true, description: 'What it allows everywhere from now on.' })
  permissions?: Permission[] | null;
}
