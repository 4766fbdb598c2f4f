/** The account as clients see it. Who may see which field is user.policy.ts's to say. */
import { connectionType } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Permission, Role } from '../roles/role';
import { Session } from '../sessions/session.type';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'An account: a person, a guest or a bot.' })
export class User {
  @Field(() => ID, { description: 'Opaque and permanent.' })
  id!: string;

  @Field({ description: 'Unique, whatever the case; what others write after an @.' })
  username!: string;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => String, { nullable: true, description: 'Only the account itself and administrators see it.' })
  email!: string | null;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the account has shown that the e-mail address is its own. Only the account itself and administrators see it.',
  })
  isEmailVerified!: boolean;

  @Field({ description: 'The name that others read; not unique.' })
  displayName!: string;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => String, {
    nullable: true,
    description: 'Language tag (BCP 47), such as de-AT; absent where none was chosen.',
  })
  locale!: string | null;

  @Field(() => [Role], { description: 'Most powerful first.' })
  roles!: Role[];

  @Directive(VIEWER_DEPENDENT)
  @Field(() => [Permission], { description: 'What the roles, custom ones included, allow on the whole installation.' })
  permissions!: Permission[];

  @Field({ description: 'Whether it is a service account, which acts by API keys.' })
  isBot!: boolean;

  @Field({ description: 'Whether it can log in: false once it is deactivated or deleted.' })
  isActive!: boolean;

  @Field({ description: 'When the account was made.' })
  createdAt!: Date;

  @Directive(VIEWER_DEPENDENT)
  @Directive(assumedSize(10))
  @Field(() => [Session], {
    description: 'Where it is logged in, last used first. Only the account itself and administrators see it.',
  })
  sessions?: Session[];
}

@ObjectType({ description: 'A page of accounts, sorted by username.' })
export class UserConnection extends connectionType('User', () => User) {
  @Field(() => Int, { description: 'How many there are on all pages; counted when asked for.' })
  totalCount!: number;
}
