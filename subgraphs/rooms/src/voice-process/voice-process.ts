/**
 * Forwards voices for rooms with more people than a mesh carries. Takes requests of the rooms subgraph and reads seats, mutes and positions from
 * Redis; while Redis is away, it continues with the last ones. Stores nothing.
 */
import { Bell } from '@chat/kit/events/bell';
import { newId } from '@chat/kit/ids';
import { createLogger, type Logger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, onAnswering, type Redis } from '@chat/kit/redis';
import { Seats } from '../occupants/seats';
import { replyTopic, requestTopic, VoiceRegistry, type VoiceReply, type VoiceRequest } from '../voice/voice-requests';
import type { VoiceConfig } from './config';
import { VoicePeer } from './voice-peer';
import { type RoomSeat, VoiceRoom } from './voice-room';

/** Between two choices of speakers, in milliseconds. */
const CHOICE_MS = 50;
/** Between two reads of seats and mutes, in milliseconds. */
const SEATS_MS = 200;
/** Between two registrations, in milliseconds. */
const REGISTER_MS = 1_000;

export class VoiceProcess implements AsyncDisposable {
  readonly id = newId();
  private readonly log: Logger;
  private readonly redis: Redis;
  private readonly subscriber: Redis;
  private readonly bell: Bell;
  private readonly seats: Seats;
  private readonly registry: VoiceRegistry;
  private readonly rooms = new Map<string, VoiceRoom<VoicePeer>>();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly offAnswering: () => void;
  private reading: Promise<void> | undefined;
  private isClosed = false;
  /** Settles when the process takes requests. */
  readonly ready: Promise<void>;

  private constructor(private readonly config: VoiceConfig) {
    this.log = createLogger('voice', config.LOG_LEVEL);
    this.redis = connectRedis(config.REDIS_URL, this.log);
    this.subscriber = connectRedisSubscriber(config.REDIS_URL, this.log);
    this.bell = new Bell(this.redis, this.subscriber, `${config.REDIS_PREFIX}rooms:`);
    this.seats = new Seats(this.redis, config.REDIS_PREFIX);
    this.registry = new VoiceRegistry(this.redis, config.REDIS_PREFIX);
    this.offAnswering = onAnswering(this.redis, () => void this.register());
    this.ready = this.begin().catch((error: unknown) => {
      // The end of the process may cut off the wait for Redis.
      if (!this.isClosed) this.log.error({ err: error }, 'requests for voices cannot be heard; restart this process');
    });
  }

  /** Returns at once; {@link ready} settles once Redis answers. */
  static start(config: VoiceConfig): VoiceProcess {
    return new VoiceProcess(config);
  }

  private async begin(): Promise<void> {
    await this.bell.listenSignal<VoiceRequest>(requestTopic(this.id), (request) => void this.receive(request));
    await this.register();
    this.timers.push(
      setInterval(() => this.choose(), CHOICE_MS),
      setInterval(() => (this.reading ??= this.readSeats().finally(() => (this.reading = undefined))), SEATS_MS),
      setInterval(() => void this.register(), REGISTER_MS),
    );
    this.log.info({ id: this.id }, 'ready');
  }

  private choose(): void {
    const now = performance.now();
    for (const room of this.rooms.values()) room.choose(now);
  }

  private async readSeats(): Promise<void> {
    await Promise.all(
      [...this.rooms].map(async ([roomId, room]) => {
        const seats = await this.seatsOf(roomId).catch(() => undefined);
        if (seats) room.update(seats);
        if (room.size === 0) this.rooms.delete(roomId);
      }),
    );
  }

  private async seatsOf(roomId: string): Promise<Map<string, RoomSeat>> {
    const seats = await this.seats.seatsOf(roomId);
    return new Map(seats.map(({ userId, pose, isMuted }) => [userId, { position: pose, isMuted }]));
  }

  private async register(): Promise<void> {
    const connections = [...this.rooms.values()].reduce((total, { size }) => total + size, 0);
    await this.registry.register(this.id, connections, [...this.rooms.keys()]).catch(() => undefined); // again in a second
  }

  private async receive(request: VoiceRequest): Promise<void> {
    try {
      const reply = request.kind === 'OPEN' ? await this.open(request) : this.answer(request);
      await this.bell.signal(replyTopic(request.id), reply);
    } catch (error) {
      this.log.warn({ err: error }, 'a request for a voice connection failed');
    }
  }

  private async open({ roomId, userId }: VoiceRequest): Promise<VoiceReply> {
    const seats = await this.seatsOf(roomId);
    if (!seats.has(userId)) return { problem: 'NO_SEAT' };
    const room =
      this.rooms.get(roomId) ?? new VoiceRoom<VoicePeer>(this.config.VOICE_EARSHOT_METRES, this.config.VOICE_SPEAKERS);
    this.rooms.set(roomId, room);
    const peer: VoicePeer = new VoicePeer({
      userId,
      settings: this.config,
      onPacket: (bytes, packet, now) => room.forward(userId, bytes, packet, now),
      onEnd: () => room.remove(peer),
    });
    room.add(peer);
    room.update(seats);
    return { offer: { connectionId: peer.id, sdp: await peer.offer() } };
  }

  private answer({ roomId, userId, connectionId, sdp = '' }: VoiceRequest): VoiceReply {
    const peer = this.rooms.get(roomId)?.peerOf(userId);
    if (peer?.id !== connectionId) return { problem: 'UNKNOWN_CONNECTION' };
    try {
      return peer!.answer(sdp) ? {} : { problem: 'UNKNOWN_CONNECTION' };
    } catch {
      return { problem: 'BAD_SDP' };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    for (const timer of this.timers) clearInterval(timer);
    this.offAnswering();
    await this.registry.unregister(this.id).catch(() => undefined);
    await this.reading;
    for (const room of this.rooms.values()) room.close();
    this.rooms.clear();
    await Promise.all([closeRedis(this.redis), closeRedis(this.subscriber)]);
  }
}
