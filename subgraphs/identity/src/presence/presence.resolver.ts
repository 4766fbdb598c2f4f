/** Presence: the field, the mutation and the subscription. */
import { HOUSEKEEPING } from '@chat/kit/graphql/live-directives';
import { badUserInput } from '@chat/kit/errors';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { LoadedUser } from '../users/user.loader';
import { User } from '../users/user.type';
import { presenceChanges } from './presence.events';
import { Presence, PresenceStatus } from './presence.type';

/** Limit of accounts per subscription. */
const MAX_WATCHED = 500;

@Resolver(() => Presence)
export class PresenceResolver {
  @Directive(HOUSEKEEPING)
  @Mutation(() => Presence, {
    description:
      'Sets the status that others see while the viewer is connected. OFFLINE hides the viewer. Without a live connection, the status lasts five minutes.',
  })
  setPresence(
    @Arg('status', () => PresenceStatus, { description: 'The status. ONLINE resets an earlier one.' })
    status: PresenceStatus,
    @Ctx() { viewer, services }: IdentityContext,
  ): Promise<Presence> {
    return services.presence.setPresence(viewer!.id, status);
  }

  @Directive(HOUSEKEEPING)
  @Subscription(() => Presence, {
    description:
      'The presence of these accounts whenever it or their status text changes. Query `User.presence` and `User.status` for the initial state.',
    subscribe: ({ args, context }: { args: { userIds: string[] }; context: IdentityContext }) => {
      if (args.userIds.length < 1 || args.userIds.length > MAX_WATCHED)
        throw badUserInput({ userIds: `Give 1 to ${MAX_WATCHED} ids.` });
      return presenceChanges(context.services.presence, args.userIds);
    },
  })
  presenceChanged(
    @Root() presence: Presence,
    @Arg('userIds', () => [ID], { description: '1 to 500 ids. Unknown ids are ignored.' }) _userIds: string[],
  ): Presence {
    return presence;
  }

  @FieldResolver(() => User)
  user(@Root() { userId }: Presence, @Ctx() { loaders }: IdentityContext): Promise<LoadedUser | null> {
    return loaders.user.load(userId);
  }
}

@Resolver(() => User)
export class UserPresenceResolver {
  @FieldResolver(() => Presence, {
    nullable: true,
    description: 'Its presence. Null with SERVICE_UNAVAILABLE if it is unavailable at the moment.',
  })
  presence(@Root() { id }: LoadedUser, @Ctx() { services }: IdentityContext): Promise<Presence> {
    return services.presence.presenceOf(id);
  }
}
