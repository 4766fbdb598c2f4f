/** Places, changes, removes and uses objects. Access is in object.policy.ts. */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, conflict, notFound } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { newId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import { roomStream } from '../rooms/room.events';
import { toStoredTransform } from '../spatial/transform.input';
import { initialState, interact } from './interactions';
import { ObjectEntity } from './object.entity';
import type { PlaceObjectInput, UpdateObjectInput } from './object.input';

/** The most objects of a room. */
export const MAX_OBJECTS = 1000;

type Change = { event: 'ObjectChanged' } | { event: 'InteractionHappened'; userId: string; action: string };

export class ObjectService {
  constructor(private readonly eventLog: EventLog) {}

  async placeObject(em: EntityManager, ownerId: string, input: PlaceObjectInput): Promise<ObjectEntity> {
    const roomId = input.roomId.toLowerCase();
    return this.eventLog.transaction(em, async (tx, append) => {
      // Serialises the count, and keeps the room from being deleted.
      const [room] = await tx.execute('select id from rooms.rooms where id = ? for no key update', [roomId]);
      if (!room) throw notFound('Room');
      if ((await tx.count(ObjectEntity, { roomId })) >= MAX_OBJECTS)
        throw new ApiError('LIMIT_EXCEEDED', `A room has at most ${MAX_OBJECTS} objects.`, { limit: MAX_OBJECTS });
      const object = tx.create(ObjectEntity, {
        id: newId(),
        roomId,
        kind: input.kind.trim(),
        transform: toStoredTransform(input.transform),
        state: input.state ?? initialState(input.kind.trim()),
        version: 1,
        isLocked: false,
        ownerId,
        createdAt: new Date(),
      });
      await tx.persist(object).flush();
      await append(roomStream.of(roomId), 'ObjectChanged', { objectId: object.id });
      return object;
    });
  }

  /** @throws CONFLICT if the object has another version, with `version` in the extensions */
  async updateObject(em: EntityManager, { id, version, transform, state }: UpdateObjectInput): Promise<ObjectEntity> {
    return this.change(em, id, { event: 'ObjectChanged' }, (object) => {
      if (object.version !== version)
        throw conflict('The object has changed. Read it again.', { version: object.version });
      if (transform) object.transform = toStoredTransform(transform);
      if (state) object.state = state;
    });
  }

  async lockObject(em: EntityManager, id: string, isLocked: boolean): Promise<ObjectEntity> {
    return this.change(em, id, { event: 'ObjectChanged' }, (object) => void (object.isLocked = isLocked));
  }

  /** @throws BAD_USER_INPUT for an unknown action, CONFLICT if the state does not allow it */
  async interact(em: EntityManager, id: string, action: string, userId: string): Promise<ObjectEntity> {
    return this.change(em, id, { event: 'InteractionHappened', userId, action }, (object) => {
      const outcome = interact(object.kind, object.state, action, userId);
      if ('unknown' in outcome)
        throw badUserInput({ action: `The actions of a ${object.kind} are: ${outcome.unknown.join(', ')}.` });
      if ('impossible' in outcome) throw conflict(outcome.impossible);
      object.state = outcome.state;
    });
  }

  /** @throws NOT_FOUND if it was removed meanwhile */
  async removeObject(em: EntityManager, id: string): Promise<void> {
    await this.eventLog.transaction(em, async (tx, append) => {
      const [row] = await tx.execute<{ room_id: string }[]>(
        'delete from rooms.objects where id = ? returning room_id',
        [id.toLowerCase()],
      );
      if (!row) throw notFound('Object');
      await append(roomStream.of(row.room_id), 'ObjectRemoved', { objectId: id.toLowerCase() });
    });
  }

  private async change(
    em: EntityManager,
    id: string,
    { event, ...facts }: Change,
    apply: (object: ObjectEntity) => void,
  ): Promise<ObjectEntity> {
    return this.eventLog.transaction(em, async (tx, append) => {
      const where = { id: id.toLowerCase() };
      const object = await tx.findOne(ObjectEntity, where, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
      if (!object) throw notFound('Object');
      apply(object);
      object.version++;
      await tx.flush();
      await append(roomStream.of(object.roomId), event, { objectId: object.id, ...facts });
      return object;
    });
  }
}
