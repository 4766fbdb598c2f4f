/**
 * The voices and cameras of a room as a mesh of WebRTC connections, one to each other occupant. Perfect negotiation: of two occupants the
 * one with the smaller id is polite, and gives way if both offer at once. Sends no media through the server.
 */

export type SignalKind = 'OFFER' | 'ANSWER' | 'ICE_CANDIDATE' | 'BYE';

export interface MeshOptions {
  ownId: string;
  iceServers: RTCIceServer[];
  /** The microphone; undefined to listen only. */
  microphone: MediaStream | undefined;
  /** `relay` connects through TURN only. */
  transportPolicy?: RTCIceTransportPolicy;
  send: (toUserId: string, kind: SignalKind, payload: unknown) => void;
  /** Called again after each change of its tracks. Undefined at the end of the connection. */
  onStream: (userId: string, stream: MediaStream | undefined) => void;
}

interface Peer {
  connection: RTCPeerConnection;
  isOffering: boolean;
  isIgnoring: boolean;
  /** Whether the frames have shown its avatar. An offer may be faster than the first frame. */
  isMet: boolean;
  repeat: ReturnType<typeof setTimeout> | undefined;
}

/** An offer without an answer is sent again after this time, in milliseconds: signals are not stored, so one may have met nobody. */
const ANSWER_MS = 4_000;

export class VoiceMesh {
  private readonly peers = new Map<string, Peer>();
  private isPaused = false;
  private camera: MediaStream | undefined;

  constructor(private readonly options: MeshOptions) {}

  /** Shows a camera to everybody, also to those who come later; undefined ends it. The tracks are the caller's to stop. */
  show(camera: MediaStream | undefined): void {
    if (camera === this.camera) return;
    this.camera = camera;
    for (const { connection } of this.peers.values()) this.film(connection);
  }

  /** The connections, for tests and statistics. */
  get connections(): RTCPeerConnection[] {
    return [...this.peers.values()].map(({ connection }) => connection);
  }

  /** Connects to new occupants, and disconnects from those that have left. */
  meet(userIds: readonly string[]): void {
    this.isPaused = false;
    const others = new Set(userIds.filter((id) => id !== this.options.ownId));
    for (const [userId, peer] of this.peers) {
      peer.isMet ||= others.has(userId);
      if (peer.isMet && !others.has(userId)) this.part(userId);
    }
    for (const userId of others) if (!this.peers.has(userId) && userId < this.options.ownId) this.open(userId);
  }

  /** Disconnects from everybody, and answers no offer until the next {@link meet}. */
  pause(): void {
    this.isPaused = true;
    for (const userId of [...this.peers.keys()]) this.part(userId);
  }

  async receive(fromId: string, kind: SignalKind, payload: unknown): Promise<void> {
    if (kind === 'BYE') return this.part(fromId);
    const known = this.peers.get(fromId);
    if (this.isPaused || (!known && kind !== 'OFFER')) return; // of a connection that was given up
    const peer = known ?? this.open(fromId, false);
    const { connection } = peer;
    if (kind === 'ICE_CANDIDATE') {
      if (!connection.remoteDescription) return;
      await connection.addIceCandidate(payload as RTCIceCandidateInit).catch((error: unknown) => {
        if (!peer.isIgnoring) throw error;
      });
      return;
    }
    if (kind === 'ANSWER' && connection.signalingState !== 'have-local-offer') return; // a second answer to a repeated offer
    const collides = kind === 'OFFER' && (peer.isOffering || connection.signalingState !== 'stable');
    peer.isIgnoring = collides && this.options.ownId > fromId;
    if (peer.isIgnoring) return;
    await connection.setRemoteDescription(payload as RTCSessionDescriptionInit);
    if (kind !== 'OFFER') return;
    await connection.setLocalDescription();
    this.options.send(fromId, 'ANSWER', connection.localDescription!.toJSON());
  }

  /** @param offers whether this side begins */
  private open(userId: string, offers = true): Peer {
    const { iceServers, microphone, transportPolicy, send, onStream } = this.options;
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: transportPolicy });
    const peer: Peer = { connection, isOffering: false, isIgnoring: false, isMet: false, repeat: undefined };
    this.peers.set(userId, peer);
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) send(userId, 'ICE_CANDIDATE', candidate.toJSON());
    };
    connection.ontrack = ({ streams: [stream] }) => {
      onStream(userId, stream);
      if (stream) stream.onremovetrack = () => onStream(userId, stream);
    };
    connection.onconnectionstatechange = () => {
      if (offers && connection.connectionState === 'failed') connection.restartIce(); // negotiates again
    };
    connection.onnegotiationneeded = () => {
      if (offers || connection.remoteDescription) void this.offer(userId, peer);
    };
    if (microphone) for (const track of microphone.getTracks()) connection.addTrack(track, microphone);
    else connection.addTransceiver('audio', { direction: 'recvonly' });
    this.film(connection);
    return peer;
  }

  /** Adding and removing a track negotiates again. */
  private film(connection: RTCPeerConnection): void {
    for (const sender of connection.getSenders()) if (sender.track?.kind === 'video') connection.removeTrack(sender);
    const [track] = this.camera?.getVideoTracks() ?? [];
    if (track) connection.addTrack(track, this.options.microphone ?? this.camera!);
  }

  private async offer(userId: string, peer: Peer): Promise<void> {
    peer.isOffering = true;
    try {
      await peer.connection.setLocalDescription();
      this.sendOffer(userId, peer);
    } finally {
      peer.isOffering = false;
    }
  }

  /** Sends the present offer, with the candidates that are known by then, until there is an answer. */
  private sendOffer(userId: string, peer: Peer): void {
    clearTimeout(peer.repeat);
    const { localDescription, signalingState } = peer.connection;
    if (signalingState !== 'have-local-offer' || !localDescription) return;
    this.options.send(userId, 'OFFER', localDescription.toJSON());
    peer.repeat = setTimeout(() => this.sendOffer(userId, peer), ANSWER_MS);
  }

  private part(userId: string): void {
    const peer = this.peers.get(userId);
    clearTimeout(peer?.repeat);
    peer?.connection.close();
    this.peers.delete(userId);
    this.options.onStream(userId, undefined);
  }

  close(): void {
    for (const userId of [...this.peers.keys()]) {
      this.options.send(userId, 'BYE', {});
      this.part(userId);
    }
  }
}
