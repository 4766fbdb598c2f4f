/**
 * The voices of a room with more people than a mesh carries: one connection to the voice process, which forwards the loudest speakers. Each slot
 * is heard from the place of its speaker. Opens another connection if one has ended before its answer, or does not stand in time.
 */
import type { ChatError } from '@chat/client';
import { type Position, VoiceSpace } from './voice-space';

/** How long candidates are gathered before the answer leaves without the missing ones, in milliseconds. */
const GATHERING_MS = 2_000;
/** How long a connection may take to stand, at first and after an interruption, before another one replaces it, in milliseconds. */
const STANDING_MS = 8_000;
/** Before the next attempt: doubles with each attempt up to the maximum, in milliseconds. */
const RETRY_MS = { first: 500, most: 15_000 };

interface VoiceOffer {
  id: string;
  sdp: string;
}

export interface ForwardedVoiceOptions {
  iceServers: RTCIceServer[];
  /** The microphone; undefined to listen only. */
  microphone: MediaStream | undefined;
  /** `relay` connects through TURN only. */
  transportPolicy: RTCIceTransportPolicy;
  /** @throws ChatError */
  open: () => Promise<VoiceOffer>;
  /** @throws ChatError */
  answer: (connectionId: string, sdp: string) => Promise<void>;
  /** The installation has no voice process. Not called once a connection has stood: its successor may need some seconds to take over. */
  onUnavailable: () => void;
}

export class ForwardedVoice {
  /** The connection, for tests and statistics. */
  connection: RTCPeerConnection | undefined;
  /** The account in each slot, or null. */
  speakers: readonly (string | null)[] = [];
  private readonly space = new VoiceSpace();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private hasStood = false;
  private isClosed = false;

  constructor(private readonly options: ForwardedVoiceOptions) {
    void this.connect();
  }

  /** Pans the slots. @param positionOf undefined for accounts without an avatar */
  place(own: Position, positionOf: (userId: string) => Position | undefined): void {
    this.speakers.forEach((userId, slot) => {
      const position = userId === null ? undefined : positionOf(userId);
      if (position) this.space.place(slot, own, position);
    });
  }

  private async connect(): Promise<void> {
    const offer = await this.options.open().catch((error: ChatError) => this.refused(error));
    if (!offer || this.isClosed) return;
    const connection = (this.connection = this.prepare());
    try {
      await this.answer(connection, offer);
    } catch {
      if (connection === this.connection) this.reconnect();
    }
  }

  private refused({ code }: ChatError): void {
    if (this.isClosed) return;
    if (code === 'SERVICE_UNAVAILABLE' && !this.hasStood) this.options.onUnavailable();
    else this.reconnect();
  }

  private async answer(connection: RTCPeerConnection, { id, sdp }: VoiceOffer): Promise<void> {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await this.attachMicrophone(connection);
    await connection.setLocalDescription();
    await gathered(connection);
    await this.options.answer(id, connection.localDescription!.sdp);
  }

  /** Gives the present connection up, and opens another one after a delay. */
  private reconnect(): void {
    this.connection?.close();
    this.connection = undefined;
    this.speakers = [];
    this.wait(Math.min(RETRY_MS.first * 2 ** this.attempts++, RETRY_MS.most), () => void this.connect());
  }

  /** Replaces the earlier wait: there is either a connection that has to stand, or a next attempt. */
  private wait(ms: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, ms);
  }

  private prepare(): RTCPeerConnection {
    const { iceServers, transportPolicy } = this.options;
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: transportPolicy });
    connection.ontrack = ({ track, transceiver }) => {
      const slot = Number(transceiver.mid?.slice('slot'.length));
      if (Number.isInteger(slot)) this.space.attach(slot, new MediaStream([track]));
    };
    connection.ondatachannel = ({ channel }) => {
      channel.onmessage = ({ data }) => (this.speakers = JSON.parse(String(data)) as (string | null)[]);
    };
    connection.onconnectionstatechange = () => {
      if (connection === this.connection) this.follow(connection.connectionState);
    };
    this.wait(STANDING_MS, () => this.reconnect());
    return connection;
  }

  private follow(state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      clearTimeout(this.timer);
      this.attempts = 0;
      this.hasStood = true;
    }
    if (state === 'disconnected') this.wait(STANDING_MS, () => this.reconnect());
    if (state === 'failed') this.reconnect();
  }

  private async attachMicrophone(connection: RTCPeerConnection): Promise<void> {
    const transceiver = connection.getTransceivers().find(({ mid }) => mid === 'mic');
    const [track] = this.options.microphone?.getAudioTracks() ?? [];
    if (!transceiver) return;
    transceiver.direction = track ? 'sendonly' : 'inactive';
    if (track) await transceiver.sender.replaceTrack(track);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.connection?.close();
    this.connection = undefined;
    this.space.close();
  }
}

async function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === 'complete') return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GATHERING_MS);
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState !== 'complete') return;
      clearTimeout(timer);
      resolve();
    };
  });
}
