/** Rules for objects. Objects are visible with their room; locked objects belong to their owner and to moderators. */
import { forbidden, notFound } from '@chat/kit/errors';
import { rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { RoomsContext } from '../context';
import { roomRule } from '../rooms/room.policy';
import { canBuild, canModerate } from '../rooms/room.rules';
import type { ObjectAccess } from './object.loader';

type ObjectArguments = { id?: string; input?: { id?: string; objectId?: string } };

const owns = ({ object, access }: ObjectAccess): boolean => object.ownerId === access.viewer?.id || canModerate(access);

/** A rule about one object: NOT_FOUND comes first, then `check`, which returns true or the reason for a refusal. */
const objectRule = (
  name: string,
  check: (found: ObjectAccess, context: RoomsContext) => true | string | Promise<true | string>,
) =>
  rule<RoomsContext, ObjectArguments, ObjectArguments | undefined>(name, async (context, { id, input }, parent) => {
    if (!context.viewer) return false;
    const found = await context.loaders.object.accessObject(input?.objectId ?? input?.id ?? id ?? parent?.id ?? '');
    if (!found) return notFound('Object');
    const verdict = await check(found, context);
    return verdict === true || forbidden(verdict);
  });

const changesObject = objectRule('changes the object', (found) =>
  found.object.isLocked && !owns(found) ? 'The object is locked.' : owns(found) || canBuild(found.access),
);

const ownsObject = objectRule(
  'owns the object',
  (found) => owns(found) || 'Only its owner and moderators may do this.',
);

const usesObject = objectRule('uses the object', async ({ object, access }, { services }) => {
  const seat = await services.seats.seatOf(object.roomId, access.viewer!.id);
  return seat ? true : 'Join the room first.';
});

export const objectPolicy: Policy = {
  fields: {
    Mutation: {
      placeObject: roomRule('may place objects', canBuild),
      updateObject: changesObject,
      lockObject: ownsObject,
      removeObject: ownsObject,
      interact: usesObject,
    },
    RoomObject: withParent('id', 'kind', 'transform', 'state', 'version', 'isLocked', 'createdAt', 'owner'),
    ObjectInteraction: withParent('object'),
  },
  references: { RoomObject: objectRule('sees the object', () => true) },
};
