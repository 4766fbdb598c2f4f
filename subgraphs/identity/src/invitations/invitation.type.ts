/** Invitations in the graph. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Role } from '../permissions/role';
import { User } from '../users/user.type';

export enum InvitationStatus {
  OPEN = 'OPEN',
  USED = 'USED',
  EXPIRED = 'EXPIRED',
  REVOKED = 'REVOKED',
}

registerEnumType(InvitationStatus, {
  name: 'InvitationStatus',
  description: 'Whether people can still register with an invitation.',
  valuesConfig: {
    OPEN: { description: 'They can.' },
    USED: { description: 'As many accounts as it allows were registered.' },
    EXPIRED: { description: 'Its time is over.' },
    REVOKED: { description: 'An administrator revoked it.' },
  },
});

@ObjectType({ description: 'An invitation to register. Visible to administrators.' })
export class Invitation {
  @Field(() => ID, { description: 'For `revokeInvitation`.' })
  id!: string;

  @Field(() => Role, { description: 'The role of accounts that are registered with it.' })
  role!: Role;

  @Field(() => String, {
    nullable: true,
    description: 'The only e-mail address that can register with it; absent if any can.',
  })
  email!: string | null;

  @Field(() => Int, { description: 'Number of accounts that can be registered with it.' })
  maxUses!: number;

  @Field(() => Int, { description: 'Number of accounts that were registered with it.' })
  uses!: number;

  @Field(() => InvitationStatus, { description: 'Whether people can still register with it.' })
  status?: InvitationStatus;

  @Field(() => User, {
    nullable: true,
    description: 'The administrator who created it; absent if a command on the server did.',
  })
  createdBy?: User;

  @Field({ description: 'Time of creation.' })
  createdAt!: Date;

  @Field({ description: 'Time at which it expires.' })
  expiresAt!: Date;
}

@ObjectType({ description: 'A page of invitations, newest first.' })
export class InvitationConnection extends connectionType('Invitation', () => Invitation) {}

@ObjectType({ description: 'A new invitation. Its token and link are shown only once.' })
export class CreatedInvitation {
  @Field(() => Invitation, { description: 'The invitation.' })
  invitation!: Invitation;

  @Field({ description: 'For the field `invitation` of `register`.' })
  token!: string;

  @Field({ description: 'A link to the client with the token, to pass on.' })
  url!: string;
}
