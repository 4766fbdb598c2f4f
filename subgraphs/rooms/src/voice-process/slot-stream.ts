/**
 * The RTP stream of one slot of a listener. Speakers take turns in it, and the receiver sees one source: sequence numbers and timestamps go on
 * across a change of speaker, because a browser drops packets that look older than the last one as replays.
 */
import { rewritePacket, type RtpPacket } from './rtp';

const CLOCK_HZ = 48_000;
/** Timestamps of one packet of 20 ms. */
const PACKET_TICKS = 960;

export class SlotStream {
  private sequenceOffset = 0;
  private timestampOffset = 0;
  private lastSequence: number;
  private lastTimestamp: number;
  private lastAt = 0;
  /** The first sequence number of the speaker in this slot. */
  private firstSequence = 0;
  private isFresh = true;
  private current: string | undefined;

  constructor(
    readonly ssrc: number,
    private readonly send: (packet: Buffer) => unknown,
    random: () => number = Math.random,
  ) {
    this.lastSequence = Math.floor(random() * 0x8000);
    this.lastTimestamp = Math.floor(random() * 0x8000_0000);
  }

  /** The account that speaks in this slot. */
  get speaker(): string | undefined {
    return this.current;
  }

  /** The next packet is the first one of `speaker`. @returns whether it is another speaker than before */
  assign(speaker: string | undefined): boolean {
    if (speaker === this.current) return false;
    this.current = speaker;
    this.isFresh = true;
    return true;
  }

  /** Sends a packet of the speaker. Changes `bytes`, which are the caller's again afterwards. @param now milliseconds of any steady clock */
  forward(bytes: Buffer, packet: RtpPacket, now: number): void {
    const isFirst = this.isFresh;
    if (isFirst) {
      this.isFresh = false;
      this.firstSequence = packet.sequence;
      this.sequenceOffset = this.lastSequence + 1 - packet.sequence;
      const pause = this.lastAt === 0 ? 0 : Math.floor(((now - this.lastAt) * CLOCK_HZ) / 1000);
      this.timestampOffset = this.lastTimestamp + Math.max(PACKET_TICKS, pause) - packet.timestamp;
    } else if (isBefore(packet.sequence, this.firstSequence)) return; // its number belongs to the speaker before
    const sequence = (packet.sequence + this.sequenceOffset) & 0xffff;
    const timestamp = (packet.timestamp + this.timestampOffset) >>> 0;
    rewritePacket(bytes, { ssrc: this.ssrc, sequence, timestamp, isFirst });
    if (isBefore(this.lastSequence, sequence)) {
      this.lastSequence = sequence;
      this.lastTimestamp = timestamp;
      this.lastAt = now;
    }
    // The window of comparison is half of all numbers, so the first one follows a long turn at a distance.
    if (((packet.sequence - this.firstSequence) & 0xffff) > 0x4000)
      this.firstSequence = (packet.sequence - 0x2000) & 0xffff;
    this.send(bytes);
  }
}

/** Whether a 16-bit sequence number comes before another one. */
function isBefore(a: number, b: number): boolean {
  const distance = (b - a) & 0xffff;
  return distance > 0 && distance < 0x8000;
}
