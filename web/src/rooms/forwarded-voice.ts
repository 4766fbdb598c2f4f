/**
 * The voices of a room with more people than a mesh carries: one connection to the voice process, which forwards the loudest speakers. Each slot
 * is heard from the place of its speaker. Connects again if the connection fails.
 */
import { type Position, VoiceSpace } from './voice-space';

/** How long candidates are gathered before the answer leaves without the missing ones, in milliseconds. */
const GATHERING_MS = 2_000;
/** Before a new attempt, in milliseconds. */
const RETRY_MS = 1_000;

export interface ForwardedVoiceOptions {
  iceServers: RTCIceServer[];
  /** The microphone; undefined to listen only. */
  microphone: MediaStream | undefined;
  /** `relay` connects through TURN only. */
  transportPolicy: RTCIceTransportPolicy;
  /** @throws if there is no voice process */
  open: () => Promise<{ id: string; sdp: string }>;
  answer: (connectionId: string, sdp: string) => Promise<void>;
  onProblem: (error: Error) => void;
}

export class ForwardedVoice {
  /** The connection, for tests and statistics. */
  connection: RTCPeerConnection | undefined;
  /** The account in each slot, or null. */
  speakers: readonly (string | null)[] = [];
  private readonly space = new VoiceSpace();
  private retry: ReturnType<typeof setTimeout> | undefined;
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
    try {
      const { id, sdp } = await this.options.open();
      if (this.isClosed) return;
      const connection = (this.connection = this.prepare());
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await this.attachMicrophone(connection);
      await connection.setLocalDescription();
      await gathered(connection);
      await this.options.answer(id, connection.localDescription!.sdp);
    } catch (error) {
      if (!this.isClosed) this.options.onProblem(error as Error);
    }
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
      if (this.isClosed || connection !== this.connection || connection.connectionState !== 'failed') return;
      connection.close();
      this.retry = setTimeout(() => void this.connect(), RETRY_MS);
    };
    return connection;
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
    clearTimeout(this.retry);
    this.connection?.close();
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
