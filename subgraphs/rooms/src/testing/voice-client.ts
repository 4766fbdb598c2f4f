/** A real WebRTC client of the voice process. Its microphone plays the packets of a test. Counts what arrives in each slot. */
import { eventually } from '@chat/kit/testing/eventually';
import { Audio, cleanup, type DataChannel, PeerConnection, type Track } from 'node-datachannel';
import { LEVEL_EXTENSION, LEVEL_URI, OPUS } from '../voice-process/rtp';
import type { RoomPerson } from './room-person';

const OPEN = 'mutation ($roomId: ID!) { openVoice(roomId: $roomId) { id sdp } }';
const ANSWER = 'mutation ($input: AnswerVoiceInput!) { answerVoice(input: $input) }';
/** One packet of Opus, in milliseconds and in ticks of its clock. */
const PACKET_MS = 20;
const PACKET_TICKS = 960;
const SSRC = 7_777;
/** How long a connection may take, in milliseconds. */
const SOON_MS = 8_000;

/** One packet of a microphone. @param level in -dBov */
export function voicePacket(sequence: number, level: number, payload = Buffer.alloc(60, sequence)): Buffer {
  const head = Buffer.alloc(20);
  head[0] = 0x90;
  head[1] = OPUS;
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE((sequence * PACKET_TICKS) >>> 0, 4);
  head.writeUInt32BE(SSRC, 8);
  head.writeUInt16BE(0xbede, 12);
  head.writeUInt16BE(1, 14);
  head[16] = LEVEL_EXTENSION << 4;
  head[17] = 0x80 | level;
  return Buffer.concat([head, payload]);
}

/**
 * Ends the threads of WebRTC, which keep a process alive. Does nothing in a worker of the test runner, which is killed at its end: the library
 * does not work reliably after it has been ended, and a worker runs further files.
 */
export function endVoiceThreads(): void {
  const isWorker = process.argv[1]?.includes('jest-worker') === true; // process.send exists in both kinds of process
  if (!isWorker) cleanup();
}

export interface Heard {
  slot: number;
  ssrc: number;
  sequence: number;
  at: number;
}

export class VoiceClient implements Disposable {
  /** The account in each slot, as the process last told it. */
  slots: (string | null)[] = [];
  /** Every received packet. */
  readonly heard: Heard[] = [];
  state = 'new';
  private readonly connection: PeerConnection;
  private readonly microphone: Track;
  private readonly kept: (Track | DataChannel)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sequence = 0;

  private constructor(name: string, bindAddress: string) {
    this.connection = new PeerConnection(name, { iceServers: [], disableAutoNegotiation: true, bindAddress });
    this.connection.onStateChange((state) => (this.state = state));
    const media = new Audio('mic', 'SendOnly');
    media.addOpusCodec(OPUS);
    media.addSSRC(SSRC, 'client', 'mic', 'mic');
    media.parseSdpLine(`a=extmap:${LEVEL_EXTENSION} ${LEVEL_URI}`);
    this.microphone = this.connection.addTrack(media);
    this.connection.onTrack((track) => {
      this.kept.push(track);
      const slot = Number(track.mid().slice('slot'.length));
      track.onMessage((bytes) => {
        if ((bytes[1]! & 0x7f) !== OPUS) return;
        this.heard.push({ slot, ssrc: bytes.readUInt32BE(8), sequence: bytes.readUInt16BE(2), at: performance.now() });
      });
    });
    this.connection.onDataChannel((channel) => {
      this.kept.push(channel);
      channel.onMessage((text) => (this.slots = JSON.parse(String(text)) as (string | null)[]));
    });
  }

  /** Answers an offer. @returns the answer, with all candidates */
  static async answer(name: string, sdp: string, bindAddress = '127.0.0.1'): Promise<[VoiceClient, string]> {
    const client = new VoiceClient(name, bindAddress);
    const gathered = new Promise<void>((resolve) =>
      client.connection.onGatheringStateChange((state) => state === 'complete' && resolve()),
    );
    client.connection.setRemoteDescription(sdp, 'offer');
    client.connection.setLocalDescription('answer');
    await gathered;
    return [client, client.connection.localDescription()!.sdp];
  }

  /** Connects a person with a seat. As clients do, it opens another connection if one ends before its answer, or does not stand in time. */
  static async connect(person: RoomPerson, roomId: string): Promise<VoiceClient> {
    for (;;) {
      const { openVoice } = await person.does(OPEN, { roomId });
      const [client, sdp] = await VoiceClient.answer(person.id, openVoice.sdp);
      try {
        await person.does(ANSWER, { input: { roomId, connectionId: openVoice.id, sdp } });
        if (await client.isSoonConnected()) return client;
      } catch (error) {
        if (!String(error).includes('NOT_FOUND')) throw error;
      }
      client[Symbol.dispose]();
    }
  }

  private isSoonConnected(): Promise<boolean> {
    return eventually(() => this.isConnected, 'a connection', SOON_MS).catch(() => false);
  }

  get isConnected(): boolean {
    return this.state === 'connected' && this.microphone.isOpen();
  }

  /** Talks until {@link hush}, at a level in -dBov. */
  talk(level = 20): void {
    this.hush();
    this.timer = setInterval(() => this.microphone.isOpen() && this.say(level), PACKET_MS);
  }

  private say(level: number): void {
    this.microphone.sendMessageBinary(voicePacket(this.sequence++, level));
  }

  hush(): void {
    clearInterval(this.timer);
  }

  /** The account that is heard in some slot, by the latest packets. */
  get hears(): string[] {
    return this.slots.filter((userId) => userId !== null).sort();
  }

  [Symbol.dispose](): void {
    this.hush();
    this.connection.close();
  }
}
