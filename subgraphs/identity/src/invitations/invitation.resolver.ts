/** Invitations: the list for administrators, creation and revocation. */
import { pageArgumentDescriptions as page, type Connection } from '@chat/kit/graphql/connection';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { LoadedUser } from '../users/user.loader';
import { User } from '../users/user.type';
import type { InvitationEntity } from './invitation.entity';
import { CreateInvitationInput } from './invitation.input';
import type { NewInvitation } from './invitation.service';
import { CreatedInvitation, Invitation, InvitationConnection, InvitationStatus } from './invitation.type';

@Resolver(() => Invitation)
export class InvitationResolver {
  @Query(() => InvitationConnection, { description: 'All invitations, newest first. For administrators.' })
  invitations(
    @Arg('first', () => Int, { nullable: true, description: page.first }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before: string | null,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<Connection<InvitationEntity>> {
    return services.invitations.invitations(em, { first, after, last, before });
  }

  @Mutation(() => CreatedInvitation, {
    description:
      'Creates a link with which people register, even if registration is off. Mails it if `email` is given. For administrators.',
  })
  createInvitation(
    @Arg('input', () => CreateInvitationInput, { description: 'The invitation.' }) input: CreateInvitationInput,
    @Ctx() { em, services, viewer, client }: IdentityContext,
  ): Promise<NewInvitation> {
    return services.invitations.createInvitation(em, input, viewer!.id, client.address);
  }

  @Mutation(() => Invitation, {
    description: 'Ends an invitation. Accounts that were registered with it stay. For administrators.',
  })
  revokeInvitation(
    @Arg('id', () => ID, { description: 'Id of the invitation. NOT_FOUND if there is none.' }) id: string,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<InvitationEntity> {
    return services.invitations.revokeInvitation(em, id);
  }

  @FieldResolver(() => InvitationStatus)
  status(@Root() { revokedAt, uses, maxUses, expiresAt }: InvitationEntity): InvitationStatus {
    if (revokedAt) return InvitationStatus.REVOKED;
    if (uses >= maxUses) return InvitationStatus.USED;
    return expiresAt <= new Date() ? InvitationStatus.EXPIRED : InvitationStatus.OPEN;
  }

  @FieldResolver(() => User, { nullable: true })
  createdBy(
    @Root() { createdBy }: InvitationEntity,
    @Ctx() { loaders }: IdentityContext,
  ): Promise<LoadedUser | null> | null {
    return createdBy === null ? null : loaders.user.load(createdBy);
  }
}
