/**
 * The WebRTC connection of one person: a microphone comes in, and each slot goes out with an SSRC of its own. A data channel tells the client
 * which account speaks in which slot. Chooses no speakers.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@chat/kit/ids';
import { Audio, type DataChannel, PeerConnection, type Track } from 'node-datachannel';
import type { VoiceConfig } from './config';
import { Loudness } from './loudness';
import { adjustOffer } from './offer';
import { LEVEL_EXTENSION, LEVEL_URI, OPUS, readPacket, type RtpPacket } from './rtp';
import { SlotStream } from './slot-stream';

/** How long candidates are gathered before an offer is sent without the missing ones, in milliseconds. */
const GATHERING_MS = 2_000;
/** Between two looks whether all candidates are gathered, in milliseconds. */
const GATHERING_LOOK_MS = 5;
/** A connection that does not stand after so long is closed, in milliseconds. */
const CONNECTING_MS = 30_000;
/** Opus sends at most 100 packets a second in practice; further ones of a second are dropped. */
const PACKETS_PER_SECOND = 150;
const OPUS_FORMAT = 'minptime=10;useinbandfec=1;usedtx=1';
/** SSRCs of the slots; each connection is an RTP session of its own. */
const FIRST_SSRC = 1_000;

export type PeerSettings = Pick<
  VoiceConfig,
  'STUN_URLS' | 'VOICE_BIND_ADDRESS' | 'VOICE_PUBLIC_ADDRESS' | 'VOICE_PORT_MIN' | 'VOICE_PORT_MAX' | 'VOICE_SPEAKERS'
>;

export interface PeerOptions {
  userId: string;
  settings: PeerSettings;
  /** The packet is the listener's to change until it returns. */
  onPacket: (bytes: Buffer, packet: RtpPacket, now: number) => void;
  /** The connection has failed or was closed by the other side. Not called after {@link VoicePeer.close}. */
  onEnd: () => void;
}

export class VoicePeer {
  readonly id = newId();
  readonly userId: string;
  readonly slots: readonly SlotStream[];
  readonly loudness = new Loudness();
  private readonly connection: PeerConnection;
  private readonly channel: DataChannel;
  private readonly gathered: Promise<void>;
  /** Kept so that they are not collected while the connection stands. */
  private readonly tracks: Track[] = [];
  private readonly connecting: NodeJS.Timeout;
  /** Whether the client knows the content of the slots. */
  private isTold = false;
  private isClosed = false;
  private second = 0;
  private packets = 0;

  constructor(private readonly options: PeerOptions) {
    const { settings, userId } = options;
    this.userId = userId;
    this.connection = new PeerConnection(userId, {
      iceServers: settings.STUN_URLS,
      portRangeBegin: settings.VOICE_PORT_MIN,
      portRangeEnd: settings.VOICE_PORT_MAX,
      disableAutoNegotiation: true,
      enableIceUdpMux: true, // one port for all connections; reasons in docs/decisions/voices-on-one-port.md
      ...(settings.VOICE_BIND_ADDRESS && { bindAddress: settings.VOICE_BIND_ADDRESS }),
    });
    this.listen();
    this.slots = Array.from({ length: settings.VOICE_SPEAKERS }, (_, index) => this.addSlot(index));
    this.channel = this.connection.createDataChannel('speakers');
    this.connecting = setTimeout(() => this.end(), CONNECTING_MS).unref();
    this.connection.onStateChange((state) => {
      if (state === 'connected') clearTimeout(this.connecting);
      if (state === 'failed' || state === 'closed') this.end();
    });
    this.connection.setLocalDescription('offer');
    this.gathered = this.gather();
  }

  /** The offer, with all candidates. */
  async offer(): Promise<string> {
    await this.gathered;
    return adjustOffer(this.connection.localDescription()?.sdp ?? '', this.options.settings.VOICE_PUBLIC_ADDRESS);
  }

  /**
   * @returns false if ICE has failed before the answer's candidates were known, as on a busy machine; the connection is closed then
   * @throws if the SDP is no answer to the offer, or if there was one already
   */
  answer(sdp: string): boolean {
    if (this.isClosed || this.connection.signalingState() !== 'have-local-offer')
      throw new Error('There is no open offer.');
    try {
      this.connection.setRemoteDescription(sdp, 'answer');
      return true;
    } catch (error) {
      if (!String(error).includes('without ICE transport')) throw error;
      this.end();
      return false;
    }
  }

  /** Puts accounts into the slots. {@link tell} tells the client. */
  hear(speakers: readonly (string | undefined)[]): void {
    for (const [index, slot] of this.slots.entries()) if (slot.assign(speakers[index])) this.isTold = false;
  }

  /** Tells the client the content of the slots, if it does not know it and its channel is open. */
  tell(): void {
    if (this.isTold || this.isClosed || !this.channel.isOpen()) return;
    this.isTold = true;
    try {
      this.channel.sendMessage(JSON.stringify(this.slots.map(({ speaker }) => speaker ?? null)));
    } catch {
      this.end(); // it has closed since it was asked
    }
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.connecting);
    this.connection.close();
  }

  /** Asks instead of listening, because each listener of the library costs time with every packet of anybody. */
  private async gather(): Promise<void> {
    const deadline = performance.now() + GATHERING_MS;
    while (!this.isClosed && this.connection.gatheringState() !== 'complete' && performance.now() < deadline)
      await pause(GATHERING_LOOK_MS, undefined, { ref: false });
  }

  private end(): void {
    if (this.isClosed) return;
    this.close();
    this.options.onEnd();
  }

  private listen(): void {
    const microphone = new Audio('mic', 'RecvOnly');
    microphone.addOpusCodec(OPUS, OPUS_FORMAT);
    microphone.parseSdpLine(`a=extmap:${LEVEL_EXTENSION} ${LEVEL_URI}`);
    const track = this.connection.addTrack(microphone);
    this.tracks.push(track);
    track.onMessage((bytes) => {
      const packet = this.isClosed ? undefined : readPacket(bytes);
      if (!packet) return;
      const now = performance.now();
      if (!this.isWithinRate(now)) return;
      this.loudness.hear(packet.level, now);
      this.options.onPacket(bytes, packet, now);
    });
  }

  private isWithinRate(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.second) [this.second, this.packets] = [second, 0];
    return ++this.packets <= PACKETS_PER_SECOND;
  }

  private addSlot(index: number): SlotStream {
    const name = `slot${index}`;
    const ssrc = FIRST_SSRC + index;
    const media = new Audio(name, 'SendOnly');
    media.addOpusCodec(OPUS, OPUS_FORMAT);
    media.addSSRC(ssrc, 'voice', name, name);
    const track = this.connection.addTrack(media);
    this.tracks.push(track);
    const send = sender(
      track,
      (packet: Buffer) => track.sendMessageBinary(packet),
      () => this.end(),
    );
    return new SlotStream(ssrc, send);
  }
}

/**
 * Sends on a track once it is open, and asks no more then, because the question is asked for every packet and listener. The track may close at any
 * moment, in a thread of the library, and sending throws then.
 * @param onClosed the track has been open and is closed
 */
export function sender<Message>(
  way: { isOpen(): boolean },
  send: (message: Message) => unknown,
  onClosed: () => void,
): (message: Message) => void {
  let wasOpen = false;
  return (message) => {
    wasOpen ||= way.isOpen();
    if (!wasOpen) return;
    try {
      send(message);
    } catch {
      onClosed();
    }
  };
}
