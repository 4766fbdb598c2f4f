/**
 * The voices of one room: which of its people hear which others, and the packets on their way. A muted or absent person is heard by nobody,
 * whatever its client sends. Knows no Redis and no WebRTC.
 */
import type { Vector } from '../poses/pose';
import { isSpeech, loudnessOf, type Loudness } from './loudness';
import type { RtpPacket } from './rtp';
import type { SlotStream } from './slot-stream';
import { audible, chooseSpeakers, type Speaker } from './speakers';

/** The parts of a connection that a room uses. */
export interface RoomPeer {
  userId: string;
  slots: readonly SlotStream[];
  loudness: Loudness;
  hear(speakers: readonly (string | undefined)[]): void;
  /** Tells the client what it hears, if it does not know it. */
  tell(): void;
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
  /** Accounts with a loud packet; those that are inaudible by then leave with the next choice. */
  private loud = new Set<string>();
  /** The audible accounts at the last choice. */
  private chosen = '';
  /** Whether people or their positions differ from those at the last choice. */
  private hasChanged = false;

  /** @param earshot in metres @param slots of each connection */
  constructor(
    private readonly earshot: number,
    private readonly slots: number,
  ) {}

  get size(): number {
    return this.peers.size;
  }

  /** Replaces an earlier connection of the account. */
  add(peer: Peer): void {
    this.peers.get(peer.userId)?.close();
    this.peers.set(peer.userId, peer);
    this.hasChanged = true;
  }

  peerOf(userId: string): Peer | undefined {
    return this.peers.get(userId);
  }

  remove(peer: Peer): void {
    if (this.peers.get(peer.userId) !== peer) return;
    this.peers.delete(peer.userId);
    this.hasChanged = true;
  }

  /** Takes over the seats of the room. Connections without a seat are closed. */
  update(seats: ReadonlyMap<string, RoomSeat>): void {
    this.hasChanged ||= hasMoved(this.seats, seats);
    this.seats = seats;
    for (const [userId, peer] of this.peers)
      if (!seats.has(userId)) {
        peer.close();
        this.peers.delete(userId);
      }
  }

  /**
   * Chooses the speakers of every listener anew. If there is a slot for each, their loudness makes no difference, and the last choice stands
   * until people come, go or move.
   * @param now as in {@link forward}
   */
  choose(now: number): void {
    const speakers = this.speakersAt(now);
    const chosen = speakers.map(({ userId }) => userId).join();
    if (this.hasChanged || chosen !== this.chosen || speakers.length > this.slots) this.route(speakers);
    this.chosen = chosen;
    this.hasChanged = false;
    for (const peer of this.peers.values()) peer.tell();
  }

  private speakersAt(now: number): Speaker[] {
    const speakers: Speaker[] = [];
    for (const userId of this.loud) {
      const [seat, loudness] = [this.seats.get(userId), this.peers.get(userId)?.loudness.loudnessAt(now)];
      if (seat && loudness !== undefined) speakers.push({ userId, loudness, ...seat });
    }
    const heard = audible(speakers);
    this.loud = new Set(heard.map(({ userId }) => userId));
    return heard;
  }

  private route(speakers: readonly Speaker[]): void {
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
    if (isSpeech(loudnessOf(packet.level))) this.loud.add(userId);
    for (const slot of this.routes.get(userId) ?? []) slot.forward(bytes, packet, now);
  }

  close(): void {
    for (const peer of this.peers.values()) peer.close();
    this.peers.clear();
  }
}

function hasMoved(before: ReadonlyMap<string, RoomSeat>, after: ReadonlyMap<string, RoomSeat>): boolean {
  if (before.size !== after.size) return true;
  for (const [userId, { position }] of after) {
    const earlier = before.get(userId)?.position;
    if (earlier?.x !== position.x || earlier.y !== position.y || earlier.z !== position.z) return true;
  }
  return false;
}
