/** Resolvers of objects. No SQL and no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { RoomsContext } from '../context';
import type { RoomEntity } from '../rooms/room.entity';
import { Room } from '../rooms/room.type';
import { User } from '../users/user.type';
import type { ObjectEntity } from './object.entity';
import { InteractInput, PlaceObjectInput, UpdateObjectInput } from './object.input';
import { MAX_OBJECTS } from './object.service';
import { ObjectInteraction, RoomObject } from './object.type';

@Resolver(() => Room)
export class RoomObjectsResolver {
  @Directive(assumedSize(50))
  @FieldResolver(() => [RoomObject], {
    description: `The objects of the room, at most ${MAX_OBJECTS}, the oldest first.`,
  })
  objects(@Root() { id }: RoomEntity, @Ctx() { loaders }: RoomsContext): Promise<ObjectEntity[]> {
    return loaders.object.objectsOf(id);
  }
}

@Resolver(() => RoomObject)
export class ObjectResolver {
  @FieldResolver(() => User, { description: 'The account that placed it.' })
  owner(@Root() { ownerId }: ObjectEntity): User {
    return { id: ownerId };
  }

  @Mutation(() => RoomObject, { description: 'Places an object, which the viewer then owns.' })
  placeObject(
    @Ctx() context: RoomsContext,
    @Arg('input', () => PlaceObjectInput, { description: 'The object.' }) input: PlaceObjectInput,
  ): Promise<ObjectEntity> {
    return context.services.objects.placeObject(context.em, viewerOf(context).id, input);
  }

  @Mutation(() => RoomObject, {
    description: 'Changes an object. CONFLICT if its version is not the named one, with the present `version`.',
  })
  updateObject(
    @Ctx() { em, services }: RoomsContext,
    @Arg('input', () => UpdateObjectInput, { description: 'The changes.' }) input: UpdateObjectInput,
  ): Promise<ObjectEntity> {
    return services.objects.updateObject(em, input);
  }

  @Mutation(() => RoomObject, {
    description: 'Locks or unlocks an object. Only its owner and moderators change a locked one.',
  })
  lockObject(
    @Ctx() { em, services }: RoomsContext,
    @Arg('id', () => ID, { description: 'The object.' }) id: string,
    @Arg('isLocked', () => Boolean, { defaultValue: true, description: 'False unlocks it.' }) isLocked: boolean,
  ): Promise<ObjectEntity> {
    return services.objects.lockObject(em, id, isLocked);
  }

  @Mutation(() => Boolean, { description: 'Removes an object. Requires its owner or a moderator of the room.' })
  async removeObject(
    @Ctx() { em, services }: RoomsContext,
    @Arg('id', () => ID, { description: 'The object.' }) id: string,
  ): Promise<boolean> {
    await services.objects.removeObject(em, id);
    return true;
  }

  @Mutation(() => ObjectInteraction, {
    description:
      'Uses an object. Requires a seat in its room. BAD_USER_INPUT for an action that the kind does not have, CONFLICT if the state does not allow it.',
  })
  async interact(
    @Ctx() context: RoomsContext,
    @Arg('input', () => InteractInput, { description: 'The interaction.' }) { objectId, action }: InteractInput,
  ): Promise<{ object: ObjectEntity }> {
    const { em, services } = context;
    return { object: await services.objects.interact(em, objectId, action.trim(), viewerOf(context).id) };
  }
}
