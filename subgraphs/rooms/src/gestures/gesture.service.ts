/** Recognises gestures and tells rooms about them. Landmarks are neither stored nor sent on. */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { Seats } from '../occupants/seats';
import { roomStream } from '../rooms/room.events';
import type { RecognizeGestureInput } from './gesture.input';
import { recognize, type Candidate } from './recognize';

/** Gestures that nobody makes on purpose are not told. */
const UNINTENDED = new Set(['STILL', 'MOVING']);
/** The least confidence of a gesture that is told to a room. */
const TOLD_FROM = 0.6;

export class GestureService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly seats: Seats,
  ) {}

  recognizeGesture({ frames }: RecognizeGestureInput): Candidate[] {
    return recognize(frames);
  }

  /** @returns false if the account has no seat in the room */
  async tellRoom(
    em: EntityManager,
    roomId: string,
    userId: string,
    { gesture, confidence }: Candidate,
  ): Promise<boolean> {
    const room = roomId.toLowerCase();
    if (!(await this.seats.seatOf(room, userId))) return false;
    if (UNINTENDED.has(gesture) || confidence < TOLD_FROM) return true;
    await this.eventLog.transaction(em, (_tx, append) =>
      append(roomStream.of(room), 'GesturePerformed', { userId, gesture, confidence }),
    );
    return true;
  }
}
