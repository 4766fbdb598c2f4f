/**
 * The voices of one room: which of its people hear which others, and the packets on their way. A muted or absent person is heard by nobody,
 * whatever its client sends. Knows no Redis and no WebRTC.
 */
import type { Vector } from '../poses/pose';
import type { Loudness } from './loudness';
import type { RtpPacket } from './rtp';
import type { SlotStream } from './slot-stream';
import { audible, chooseSpeakers } from './speakers';

/** The parts of a connection that a room uses. */
export interface RoomPeer {
  userId: string;
  slots: readonly SlotStream[];
  loudness: Loudness;
  hear(speakers: readonly (string | undefined)[]): void;
  close(): void;
}

export interface RoomSeat {
  position: Vector;
  isMuted: boolean;
}

export class VoiceRoom<Peer extends RoomPeer = RoomPeer> {
  private readonly peers = new Map<string, Peer>();
  private seats: ReadonlyMap<string, RoomSeat> = new Map();
  /** The slots in which an account is heard now. */
  private routes = new Map<string, SlotStream[]>();

  constructor(private readonly earshot: number) {}

  get size(): number {
    return this.peers.size;
  }

  /** Replaces an earlier connection of the account. */
  add(peer: Peer): void {
    this.peers.get(peer.userId)?.close();
    this.peers.set(peer.userId, peer);
  }

  peerOf(userId: string): Peer | undefined {
    return this.peers.get(userId);
  }

  remove(peer: Peer): void {
    if (this.peers.get(peer.userId) === peer) this.peers.delete(peer.userId);
  }

  /** Takes over the seats of the room. Connections without a seat are closed. */
  update(seats: ReadonlyMap<string, RoomSeat>): void {
    this.seats = seats;
    for (const [userId, peer] of this.peers)
      if (!seats.has(userId)) {
        peer.close();
        this.peers.delete(userId);
      }
  }

  /** Chooses the speakers of every listener anew. @param now as in {@link forward} */
  choose(now: number): void {
    const speakers = audible(
      [...this.peers.values()].flatMap(({ userId, loudness }) => {
        const seat = this.seats.get(userId);
        return seat ? [{ userId, loudness: loudness.loudnessAt(now), ...seat }] : [];
      }),
    );
    const routes = new Map<string, SlotStream[]>();
    for (const peer of this.peers.values()) {
      const seat = this.seats.get(peer.userId);
      if (!seat) continue;
      const before = peer.slots.map(({ speaker }) => speaker);
      const after = chooseSpeakers({ userId: peer.userId, ...seat }, speakers, before, this.earshot);
      peer.hear(after);
      after.forEach((userId, index) => {
        if (userId === undefined) return;
        const slots = routes.get(userId);
        if (slots) slots.push(peer.slots[index]!);
        else routes.set(userId, [peer.slots[index]!]);
      });
    }
    this.routes = routes;
  }

  /** Sends a packet of an account to those that hear it. Changes `bytes`. @param now milliseconds of any steady clock */
  forward(userId: string, bytes: Buffer, packet: RtpPacket, now: number): void {
    if (this.seats.get(userId)?.isMuted !== false) return;
    for (const slot of this.routes.get(userId) ?? []) slot.forward(bytes, packet, now);
  }

  close(): void {
    for (const peer of this.peers.values()) peer.close();
    this.peers.clear();
  }
}
