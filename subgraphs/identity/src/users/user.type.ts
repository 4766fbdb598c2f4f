/** Accounts in the graph. The policy decides about access to single fields. */
import { connectionType } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Permission, Role } from '../permissions/role';
import { Session } from './session.type';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'An account: a person, a guest or a bot.' })
export class User {
  @Field(() => ID, { description: 'Opaque and permanent.' })
  id!: string;

  @Field({ description: 'Unique without regard to case. Others mention the account by it, after an @.' })
  username!: string;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => String, { nullable: true, description: 'Visible only to the account itself and to administrators.' })
  email!: string | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the account has confirmed its e-mail address. Visible only to the account itself and to administrators.',
  })
  isEmailVerified!: boolean;

  @Field({ description: 'The name that others see; not unique.' })
  displayName!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Address of its picture (https), which clients load from there; null if it has none.',
  })
  avatarUrl?: string | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => String, {
    nullable: true,
    description: 'Language tag (BCP 47), such as de-AT; absent if none was chosen.',
  })
  locale!: string | null;

  @Field(() => [Role], { description: 'Most powerful first.' })
  roles!: Role[];

  @Directive(VIEWER_DEPENDENT)
  @Field(() => [Permission], {
    description: 'Its permissions on the whole installation, from built-in and custom roles.',
  })
  permissions!: Permission[];

  @Field({ description: 'Whether it is a service account, which acts through API keys.' })
  isBot!: boolean;

  @Field({ description: 'Whether it can log in: false if it is deactivated or deleted.' })
  isActive!: boolean;

  @Field({ description: 'Time of registration.' })
  createdAt!: Date;

  @Directive(VIEWER_DEPENDENT)
  @Directive(assumedSize(10))
  @Field(() => [Session], {
    description: 'Its open sessions, last used first. Visible only to the account itself and to administrators.',
  })
  sessions?: Session[];
}

@ObjectType({ description: 'A page of accounts, sorted by username.' })
export class UserConnection extends connectionType('User', () => User) {
  @Field(() => Int, { description: 'Number of accounts on all pages. Counted only if it is selected.' })
  totalCount!: number;
}
