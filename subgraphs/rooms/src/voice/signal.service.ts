/** Carries signals between occupants through Redis. A signal is worth something now or never, so none is stored. */
import { conflict, notFound } from '@chat/kit/errors';
import type { Bell } from '@chat/kit/events/bell';
import { openSignals } from '@chat/kit/events/signal-feed';
import { isElsewhere, type Seats } from '../occupants/seats';
import type { Mover } from '../poses/pose.service';
import type { SendSignalInput, SignalKind } from './signal.type';

export interface SentSignal {
  fromId: string;
  kind: SignalKind;
  payload: unknown;
  /** The connection that holds the receiver's seat; absent if none does, and all connections of the account get the signal. */
  connection?: string;
}

const topicOf = (roomId: string, userId: string): string => `signals:${roomId}:${userId}`;

export class SignalService {
  constructor(
    private readonly bell: Bell,
    private readonly seats: Seats,
  ) {}

  /** @returns false if the sender has no seat. @throws CONFLICT if another connection has it, NOT_FOUND if the receiver has none */
  async sendSignal(
    { userId: fromId, connection }: Mover,
    { roomId, toUserId, kind, payload }: SendSignalInput,
  ): Promise<boolean> {
    const [room, receiver] = [roomId.toLowerCase(), toUserId.toLowerCase()];
    const [own, other] = await Promise.all([this.seats.seatOf(room, fromId), this.seats.seatOf(room, receiver)]);
    if (!own) return false;
    if (isElsewhere(own, connection))
      throw conflict('You have joined this room from another connection. Join again to signal from here.');
    if (!other) throw notFound('Occupant');
    const signal: SentSignal = { fromId, kind, payload, connection: other.connection };
    await this.bell.signal(topicOf(room, receiver), signal);
    return true;
  }

  /** The signals to an account in a room, without those to another connection of the account. */
  signalsTo(roomId: string, { userId, connection: own }: Mover): Promise<AsyncIterableIterator<SentSignal, undefined>> {
    const isWanted = ({ connection }: SentSignal) => !own || !connection || own === connection;
    return openSignals<SentSignal>(this.bell, topicOf(roomId.toLowerCase(), userId), isWanted);
  }
}
