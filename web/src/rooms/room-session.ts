/** One stay in a room: joins, follows frames, events and signals, moves and talks. Rejoins after a lost connection. No user interface. */
import { RoomView, type FramePart } from '@chat/room-codec';
import { follow, request, type Clients } from '../graph/client';
import {
  ANSWER_VOICE,
  EVENTS,
  FRAMES,
  JOIN,
  LEAVE,
  ME,
  MOVE,
  OPEN_VOICE,
  ROOM,
  SEND_SIGNAL,
  SIGNALS,
} from '../graph/operations';
import type { Session } from '../session/session';
import { ForwardedVoice } from './forwarded-voice';
import { SignalQueue } from './signal-queue';
import { VoiceMesh, type SignalKind } from './voice-mesh';

export interface Person {
  id: string;
  displayName: string;
  modelUrl?: string;
}

export interface RoomSnapshot {
  name: string;
  people: Person[];
  /** The latest gestures, the newest first. */
  gestures: { userId: string; gesture: string }[];
  problem?: string;
}

interface RoomEvent {
  __typename: string;
  user?: { id: string; displayName?: string };
  userId?: string;
  avatar?: { modelUrl: string } | null;
  gesture?: string;
}

interface RoomData {
  room: {
    name: string;
    occupants: { user: { id: string; displayName: string }; avatar: { modelUrl: string } | null }[];
  };
}

interface JoinData {
  joinRoom: { pose: { position: Place }; iceServers: RTCIceServer[] };
}

interface OpenVoiceData {
  openVoice: { id: string; sdp: string };
}

interface SignalData {
  signals: { from: { id: string }; kind: SignalKind; payload: unknown };
}

export interface Place {
  x: number;
  y: number;
  z: number;
}

/** Moves per second at most; the server allows 30. */
const MOVE_MS = 50;
const KEPT_GESTURES = 10;

export class RoomSession {
  readonly view = new RoomView();
  ownId = '';
  position: Place = { x: 0, y: 0, z: 0 };
  mesh: VoiceMesh | undefined;
  /** The voices of a room with more people than {@link meshPeople}. */
  forwarded: ForwardedVoice | undefined;
  /** Rooms with more people use the voice process, if the installation has one. */
  meshPeople = 4;
  private connectForwarded: () => ForwardedVoice | undefined = () => undefined;
  private readonly people = new Map<string, Person>();
  private readonly endings: (() => void)[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly frameListeners = new Set<() => void>();
  private snapshotNow: RoomSnapshot = { name: '', people: [], gestures: [] };
  private signals: Promise<unknown> = Promise.resolve();
  private movedAt = -Infinity;
  private moveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly session: Session,
    private readonly clients: Clients,
  ) {}

  get snapshot(): RoomSnapshot {
    return this.snapshotNow;
  }

  /** For useSyncExternalStore. */
  readonly listen = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Calls `listener` after each change of {@link view}. @returns a function that ends it */
  onFrame(listener: () => void): () => void {
    this.frameListeners.add(listener);
    return () => this.frameListeners.delete(listener);
  }

  async enter(microphone?: MediaStream): Promise<void> {
    const { roomId } = this.session;
    const { socket } = this.clients;
    const { me } = await request<{ me: Person }>(socket, ME, {});
    this.ownId = me.id;
    const failed = (problem: string) => this.update({ problem });
    this.endings.push(
      follow<{ roomEvents: RoomEvent }>(socket, EVENTS, { roomId }, ({ roomEvents }) => this.heard(roomEvents), failed),
      follow<SignalData>(socket, SIGNALS, { roomId }, ({ signals }) => this.signalled(signals), failed),
    );
    const { joinRoom } = await request<JoinData>(socket, JOIN, { roomId });
    this.position = joinRoom.pose.position;
    const iceServers = joinRoom.iceServers.map(({ urls, username, credential }) => ({
      urls,
      ...(username && { username }),
      ...(credential && { credential }),
    }));
    const transportPolicy = this.session.isRelayed ? 'relay' : 'all';
    this.connectForwarded = () =>
      new ForwardedVoice({
        iceServers,
        transportPolicy,
        microphone,
        open: async () => (await request<OpenVoiceData>(socket, OPEN_VOICE, { roomId })).openVoice,
        answer: async (connectionId, sdp) =>
          void (await request(socket, ANSWER_VOICE, { input: { roomId, connectionId, sdp } })),
        onProblem: () => this.stayInMesh(),
      });
    const outgoing = new SignalQueue<{ kind: SignalKind; payload: unknown }>((toUserId, signal) =>
      request(socket, SEND_SIGNAL, { input: { roomId, toUserId, ...signal } }),
    );
    this.mesh = new VoiceMesh({
      ownId: me.id,
      iceServers,
      transportPolicy,
      microphone,
      send: (toUserId, kind, payload) => outgoing.push(toUserId, { kind, payload }),
      onStream: play,
    });
    this.endings.push(
      follow<{ roomFrames: FramePart }>(
        socket,
        FRAMES,
        { roomId },
        ({ roomFrames }) => {
          this.view.apply(roomFrames);
          this.connectVoices();
          for (const listener of this.frameListeners) listener();
        },
        failed,
      ),
      socket.on('connected', (_socket, _payload, wasRetry) => {
        if (wasRetry) void request(socket, JOIN, { roomId }).catch((error: Error) => failed(error.message));
      }),
    );
    await this.readRoom();
  }

  /** Moves at once, or as soon as the rate allows it; only the latest place counts. */
  moveTo(position: Place): void {
    this.position = position;
    if (this.moveTimer !== undefined) return;
    const wait = this.movedAt + MOVE_MS - performance.now();
    if (wait <= 0) return this.sendPosition();
    this.moveTimer = setTimeout(() => {
      this.moveTimer = undefined;
      this.sendPosition();
    }, wait);
  }

  private sendPosition(): void {
    this.movedAt = performance.now();
    const input = { roomId: this.session.roomId, position: this.position, animation: 'walk' };
    request(this.clients.socket, MOVE, { input }).catch((error: Error) => this.update({ problem: error.message }));
  }

  /** Chooses between the mesh and the voice process by the number of people. */
  private connectVoices(): void {
    const { poses } = this.view;
    if (poses.size > this.meshPeople) {
      this.mesh?.pause();
      this.forwarded ??= this.connectForwarded();
      this.forwarded?.place(this.position, (userId) => poses.get(userId)?.position);
      return;
    }
    this.forwarded?.close();
    this.forwarded = undefined;
    this.mesh?.meet([...poses.keys()]);
  }

  /** Without a voice process, all people connect to each other, however many there are. */
  private stayInMesh(): void {
    this.forwarded?.close();
    this.forwarded = undefined;
    this.meshPeople = Infinity;
    this.connectVoices();
  }

  modelUrlOf(userId: string): string | undefined {
    return this.people.get(userId)?.modelUrl;
  }

  private async readRoom(): Promise<void> {
    const { data, error } = await this.clients.urql.query<RoomData>(ROOM, { id: this.session.roomId }).toPromise();
    if (!data) return this.update({ problem: error?.message ?? 'The room cannot be read.' });
    for (const { user, avatar } of data.room.occupants)
      this.people.set(user.id, { ...user, modelUrl: avatar?.modelUrl });
    this.update({ name: data.room.name, people: [...this.people.values()] });
  }

  private heard({ __typename, user, userId, avatar, gesture }: RoomEvent): void {
    if (__typename === 'OccupantJoined' && user)
      this.people.set(user.id, { id: user.id, displayName: user.displayName ?? '', modelUrl: avatar?.modelUrl });
    if (__typename === 'OccupantLeft' && userId) this.people.delete(userId);
    if (__typename === 'GesturePerformed' && user && gesture)
      this.update({ gestures: [{ userId: user.id, gesture }, ...this.snapshotNow.gestures].slice(0, KEPT_GESTURES) });
    this.update({ people: [...this.people.values()] });
  }

  /** One signal after the other: a candidate must not overtake its offer. */
  private signalled({ from, kind, payload }: SignalData['signals']): void {
    this.signals = this.signals
      .then(() => this.mesh?.receive(from.id, kind, payload))
      .catch((error: unknown) => this.update({ problem: `Voice: ${String(error)}` }));
  }

  /** Shows a problem to the user. */
  fail(problem: string): void {
    this.update({ problem });
  }

  private update(change: Partial<RoomSnapshot>): void {
    this.snapshotNow = { ...this.snapshotNow, ...change };
    for (const listener of this.listeners) listener();
  }

  async leave(): Promise<void> {
    this.mesh?.close();
    this.forwarded?.close();
    for (const end of this.endings.splice(0)) end();
    await request(this.clients.socket, LEAVE, { roomId: this.session.roomId }).catch(() => undefined);
  }
}

const players = new Map<string, HTMLAudioElement>();

/** Plays the voice of an account, or stops it. */
function play(userId: string, stream: MediaStream | undefined): void {
  const player = players.get(userId) ?? new Audio();
  players.set(userId, player);
  player.srcObject = stream ?? null;
  if (stream)
    player.play().catch(() => undefined); // until the first click, a browser may refuse to play
  else players.delete(userId);
}
