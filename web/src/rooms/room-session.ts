/** One stay in a room: joins, follows frames, events and signals, moves and talks. Rejoins after a lost connection. No user interface. */
import { RoomView, type FramePart } from '@chat/room-codec';
import type { Clients } from '../graph/client';
import {
  ANIMATIONS,
  ANSWER_VOICE,
  CLIPS,
  EVENTS,
  FRAMES,
  JOIN,
  LEAVE,
  MOVE,
  OPEN_VOICE,
  PLAY,
  RECOGNIZE,
  ROOM,
  SEND_SIGNAL,
  SIGNALS,
} from '../graph/operations';
import type { Place } from '../session/place';
import type { HandFrame } from '../gestures/gesture-segments';
import { ForwardedVoice } from './forwarded-voice';
import { SignalQueue } from './signal-queue';
import { VoiceMesh, type SignalKind } from './voice-mesh';

export interface Person {
  id: string;
  displayName: string;
  look?: Look;
}

/** The appearance of an avatar. */
export interface Look {
  modelUrl: string;
  parts: readonly { slot: string; color: string | null }[];
}

export interface RoomSnapshot {
  name: string;
  people: Person[];
  /** The latest gestures, the newest first. */
  gestures: { userId: string; gesture: string }[];
  /** The animations that the own avatar can play, with those of its model. */
  animations: readonly string[];
  /** The cameras that are shown, by account, with the own one. */
  cameras: ReadonlyMap<string, MediaStream>;
  problem?: string;
}

interface RoomEvent {
  __typename: string;
  user?: { id: string; displayName?: string };
  userId?: string;
  avatar?: Look | null;
  gesture?: string;
}

interface RoomData {
  room: {
    name: string;
    occupants: { user: { id: string; displayName: string }; avatar: Look | null }[];
  };
}

interface ClipData {
  room: { occupants: { user: { id: string }; pose: { animation: string | null } }[] };
}

interface AnimationData {
  avatarAnimations: { name: string }[];
  myAvatars: { active: boolean; animations: { name: string }[] }[];
}

interface JoinData {
  joinRoom: { pose: { position: Position }; iceServers: RTCIceServer[] };
}

interface OpenVoiceData {
  openVoice: { id: string; sdp: string };
}

interface SignalData {
  signals: { from: { id: string }; kind: SignalKind; payload: unknown };
}

interface Position {
  x: number;
  y: number;
  z: number;
}

/** Moves per second at most; the server allows 30. */
const MOVE_MS = 50;
const KEPT_GESTURES = 10;
/** Cameras are shown in rooms with at most so many people. */
const CAMERA_PEOPLE = 4;

export class RoomSession {
  readonly view = new RoomView();
  ownId = '';
  position: Position = { x: 0, y: 0, z: 0 };
  mesh: VoiceMesh | undefined;
  /** The voices of a room with more people than {@link meshPeople}. */
  forwarded: ForwardedVoice | undefined;
  /** Rooms with more people use the voice process, if the installation has one. */
  meshPeople = 4;
  private camera: MediaStream | undefined;
  private connectForwarded: () => ForwardedVoice | undefined = () => undefined;
  private readonly people = new Map<string, Person>();
  /** Animations outside the catalogue, by account. */
  private readonly clips = new Map<string, string>();
  private readonly endings: (() => void)[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly frameListeners = new Set<() => void>();
  private snapshotNow: RoomSnapshot = { name: '', people: [], gestures: [], animations: [], cameras: new Map() };
  private signals: Promise<unknown> = Promise.resolve();
  private movedAt = -Infinity;
  private moveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly place: Place,
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
    const { roomId, showsMood } = this.place;
    const { chat } = this.clients;
    const ownId = (this.ownId = chat.session.userId ?? '');
    this.follow<{ roomEvents: RoomEvent }>(
      EVENTS,
      ({ roomEvents }) => this.heard(roomEvents),
      () => void this.readRoom(),
    );
    this.follow<SignalData>(SIGNALS, ({ signals }) => this.signalled(signals));
    const join = () => chat.executeLive<JoinData>(JOIN, { roomId, showsMood });
    const { joinRoom } = await join();
    this.position = joinRoom.pose.position;
    const iceServers = joinRoom.iceServers.map(({ urls, username, credential }) => ({
      urls,
      ...(username && { username }),
      ...(credential && { credential }),
    }));
    const transportPolicy = this.place.isRelayed ? 'relay' : 'all';
    this.connectForwarded = () =>
      new ForwardedVoice({
        iceServers,
        transportPolicy,
        microphone,
        open: async () => (await chat.executeLive<OpenVoiceData>(OPEN_VOICE, { roomId })).openVoice,
        answer: async (connectionId, sdp) =>
          void (await chat.executeLive(ANSWER_VOICE, { input: { roomId, connectionId, sdp } })),
        onUnavailable: () => this.stayInMesh(),
      });
    const outgoing = new SignalQueue<{ kind: SignalKind; payload: unknown }>((toUserId, signal) =>
      chat.executeLive(SEND_SIGNAL, { input: { roomId, toUserId, ...signal } }),
    );
    this.mesh = new VoiceMesh({
      ownId,
      iceServers,
      transportPolicy,
      microphone,
      send: (toUserId, kind, payload) => outgoing.push(toUserId, { kind, payload }),
      onStream: (userId, stream) => {
        play(userId, stream);
        this.see(userId, stream?.getVideoTracks().length ? stream : undefined);
      },
    });
    this.follow<{ roomFrames: FramePart }>(FRAMES, ({ roomFrames }) => {
      if (this.view.apply(roomFrames).length > 0) void this.readClips();
      // A gateway that was silent for a moment counts as gone, and so do its clients. Clients that were removed are refused.
      if (roomFrames.left.includes(ownId)) join().catch((error: Error) => this.fail(error.message));
      this.connectVoices();
      for (const listener of this.frameListeners) listener();
    });
    this.endings.push(
      chat.onConnection((state) => {
        // The seat may have ended with the earlier connection.
        if (state === 'connected') join().catch((error: Error) => this.fail(error.message));
      }),
    );
    await Promise.all([this.readRoom(), this.readAnimations()]);
  }

  /** @param onGap called if events were missed */
  private follow<Data>(document: string, onData: (data: Data) => void, onGap: () => void = () => undefined): void {
    const { roomId } = this.place;
    this.endings.push(
      this.clients.chat.subscribe<Data>(
        document,
        { roomId },
        {
          next: ({ data }) => onData(data),
          gap: onGap,
          error: ({ message }) => this.fail(message),
        },
      ),
    );
  }

  /** Moves at once, or as soon as the rate allows it; only the latest place counts. */
  moveTo(position: Position): void {
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
    const input = { roomId: this.place.roomId, position: this.position, animation: 'walk' };
    this.clients.chat.executeLive(MOVE, { input }).catch((error: Error) => this.fail(error.message));
  }

  /** Tells the room the gesture of these landmarks, if it is one. */
  readonly recognize = (frames: HandFrame[]): Promise<unknown> =>
    this.clients.chat.executeLive(RECOGNIZE, { input: { roomId: this.place.roomId, frames } });

  /** Shows the own camera while at most four people are in the room, or ends it. @throws if there is no camera, or if it is refused */
  async showCamera(isShown: boolean): Promise<void> {
    for (const track of this.camera?.getTracks() ?? []) track.stop();
    this.camera = isShown
      ? await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240, frameRate: 15 } })
      : undefined;
    this.see(this.ownId, this.camera);
    this.connectVoices();
  }

  private see(userId: string, camera: MediaStream | undefined): void {
    const cameras = new Map(this.snapshotNow.cameras);
    if (camera) cameras.set(userId, camera);
    else if (!cameras.delete(userId)) return;
    this.update({ cameras });
  }

  /** Chooses between the mesh and the voice process by the number of people. */
  private connectVoices(): void {
    const { poses } = this.view;
    this.mesh?.show(poses.size <= CAMERA_PEOPLE ? this.camera : undefined);
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

  lookOf(userId: string): Look | undefined {
    return this.people.get(userId)?.look;
  }

  /** The name of an account's animation. */
  animationOf(userId: string): string | undefined {
    const pose = this.view.poses.get(userId);
    return pose?.animation === undefined ? this.clips.get(userId) : (pose.animation ?? undefined);
  }

  /** Plays an animation with the own avatar. */
  play(name: string): void {
    const { roomId } = this.place;
    this.clients.chat.executeLive(PLAY, { roomId, name }).catch((error: Error) => this.fail(error.message));
  }

  private async readAnimations(): Promise<void> {
    const { data } = await this.clients.urql.query<AnimationData>(ANIMATIONS, {}).toPromise();
    const own = data?.myAvatars.find(({ active }) => active)?.animations ?? data?.avatarAnimations ?? [];
    this.update({ animations: own.map(({ name }) => name) });
  }

  /** Packed frames have no names outside the catalogue. */
  private async readClips(): Promise<void> {
    const { data } = await this.clients.urql
      .query<ClipData>(CLIPS, { id: this.place.roomId }, { requestPolicy: 'network-only' })
      .toPromise();
    for (const { user, pose } of data?.room.occupants ?? [])
      if (pose.animation) this.clips.set(user.id, pose.animation);
    for (const listener of this.frameListeners) listener();
  }

  private async readRoom(): Promise<void> {
    const { data, error } = await this.clients.urql
      .query<RoomData>(ROOM, { id: this.place.roomId }, { requestPolicy: 'network-only' })
      .toPromise();
    if (!data) return this.update({ problem: error?.message ?? 'The room cannot be read.' });
    this.people.clear();
    for (const { user, avatar } of data.room.occupants)
      this.people.set(user.id, { ...user, look: avatar ?? undefined });
    this.update({ name: data.room.name, people: [...this.people.values()] });
  }

  private heard({ __typename, user, userId, avatar, gesture }: RoomEvent): void {
    if (__typename === 'OccupantJoined' && user)
      this.people.set(user.id, { id: user.id, displayName: user.displayName ?? '', look: avatar ?? undefined });
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
    for (const track of this.camera?.getTracks() ?? []) track.stop();
    for (const end of this.endings.splice(0)) end();
    await this.clients.chat.executeLive(LEAVE, { roomId: this.place.roomId }).catch(() => undefined);
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
