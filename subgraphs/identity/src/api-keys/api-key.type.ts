/** A secret by which a program acts for an account, within a scope; the same class is stored and shown, without the secret's hash. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayType } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Permission } from '../roles/role';

@Entity({ tableName: 'api_keys' })
@ObjectType({ description: 'A secret by which a program acts for an account, within a scope.' })
export class ApiKey {
  @PrimaryKey({ type: 'uuid' })
  @Field(() => ID, { description: 'For `revokeApiKey`.' })
  id!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'text' })
  @Field({ description: 'What its owner calls it.' })
  name!: string;

  /** SHA-256: the secret is random and long, so it needs no salt and no slow hash. */
  @Property({ type: 'text' })
  secretHash!: string;

  @Property({ type: ArrayType, columnType: 'text[]' })
  @Field(() => [Permission], { description: 'What it may do, if its account may.' })
  permissions!: Permission[];

  @Property({ type: 'timestamptz' })
  @Field({ description: 'When it was made.' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', nullable: true })
  @Field(() => Date, { nullable: true, description: 'When it ends; absent where it does not.' })
  expiresAt!: Date | null;

  @Property({ type: 'timestamptz', nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'When it was used last, to the minute; absent where it never was.',
  })
  lastUsedAt!: Date | null;

  @Property({ type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}

@ObjectType({ description: 'A new API key, with the secret that is shown this once.' })
export class CreatedApiKey {
  @Field({ description: 'Send it as `Authorization: Bearer …`. Only its hash is kept, so it cannot be shown again.' })
  secret!: string;

  @Field(() => ApiKey, { description: 'What lists show of it.' })
  apiKey!: ApiKey;
}

@InputType({ description: 'A new API key.' })
export class CreateApiKeyInput {
  @IsText({ max: 64 })
  @Field({ description: 'What it is for, up to 64 characters.' })
  name!: string;

  @Field(() => [Permission], { description: 'What it may do: at least one, and none that its account does not have.' })
  permissions!: Permission[];

  @Field(() => Date, { nullable: true, description: 'When it ends, in the future; never where it is absent.' })
  expiresAt?: Date | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A service account that it is for (administrators only); the viewer where it is absent.',
  })
  userId?: string | null;
}
