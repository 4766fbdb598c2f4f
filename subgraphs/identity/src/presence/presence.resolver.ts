/** Who is there. */
import { badUserInput } from '@chat/kit/errors';
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { presenceChanges } from './presence.events';
import { Presence, PresenceStatus } from './presence.type';

/** As many as a client shows at once. */
const MAX_WATCHED = 500;

@Resolver(() => Presence)
export class PresenceResolver {
  @Mutation(() => Presence, {
    description:
      'Says what the viewer wants to be seen as while it is connected. OFFLINE hides it. Without a live connection it counts for five minutes.',
  })
  setPresence(
    @Arg('status', () => PresenceStatus, { description: 'ONLINE takes back what was said before.' })
    status: PresenceStatus,
    @Ctx() { viewer, services }: IdentityContext,
  ): Promise<Presence> {
    return services.presence.setPresence(viewer!.id, status);
  }

  @Subscription(() => Presence, {
    description: 'The presence of these accounts whenever it changes. What is true at the start is `User.presence`.',
    subscribe: ({ args, context }: { args: { userIds: string[] }; context: IdentityContext }) => {
      if (args.userIds.length < 1 || args.userIds.length > MAX_WATCHED)
        throw badUserInput({ userIds: `Give 1 to ${MAX_WATCHED} ids.` });
      return presenceChanges(context.services.presence, args.userIds);
    },
  })
  presenceChanged(
    @Root() presence: Presence,
    @Arg('userIds', () => [ID], { description: '1 to 500; unknown ones are silent.' }) _userIds: string[],
  ): Presence {
    return presence;
  }

  @FieldResolver(() => User)
  user(@Root() { userId }: Presence, @Ctx() { loaders }: IdentityContext): Promise<UserEntity | null> {
    return loaders.user.load(userId);
  }
}

@Resolver(() => User)
export class UserPresenceResolver {
  @FieldResolver(() => Presence, {
    nullable: true,
    description: 'Whether it is there. SERVICE_UNAVAILABLE, with null, where that cannot be known right now.',
  })
  presence(@Root() { id }: UserEntity, @Ctx() { services }: IdentityContext): Promise<Presence> {
    return services.presence.presenceOf(id);
  }
}
