/**
 * The protocol between the rooms subgraph and voice processes, over Redis. It is also the seam for an external SFU: a process that registers
 * and answers the two requests replaces ours.
 *
 * Keys below the prefix `rooms:voice:`: `processes` sorted set, process → expiry by Redis's clock; `loads` hash, process → connections;
 * `room:<id>` the process of a room, renewed while it has connections. Topics of the bell: `voice:<process>` for requests, and
 * `voice-reply:<id>` for the answer to one.
 */
import type { Redis } from 'ioredis';
import { LuaScript } from '../occupants/lua-script';

/** A process that has not renewed its registration for so long gets no new rooms, in milliseconds. */
const REGISTRATION_MS = 3_000;

export interface VoiceRequest {
  /** Names the reply. */
  id: string;
  kind: 'OPEN' | 'ANSWER';
  roomId: string;
  userId: string;
  /** Of ANSWER: the connection that OPEN returned. */
  connectionId?: string;
  /** Of ANSWER. */
  sdp?: string;
}

export interface VoiceReply {
  /** Of OPEN. */
  offer?: { connectionId: string; sdp: string };
  /** The connection does not exist (any more), the SDP does not fit the offer, or the account has no seat. */
  problem?: 'UNKNOWN_CONNECTION' | 'BAD_SDP' | 'NO_SEAT';
}

export const requestTopic = (processId: string): string => `voice:${processId}`;
export const replyTopic = (requestId: string): string => `voice-reply:${requestId}`;

const NOW = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`;

/** KEYS: prefix. ARGV: room, lease in ms. @returns the process of the room, the one with the fewest connections for a new room; or false */
const ASSIGN = `${NOW}
local roomKey = KEYS[1] .. 'room:' .. ARGV[1]
local assigned = redis.call('GET', roomKey)
if assigned and tonumber(redis.call('ZSCORE', KEYS[1] .. 'processes', assigned) or '0') >= now then return assigned end
local best, least
for _, process in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1] .. 'processes', now, '+inf')) do
  local load = tonumber(redis.call('HGET', KEYS[1] .. 'loads', process) or '0')
  if not least or load < least then best, least = process, load end
end
if not best then return false end
redis.call('SET', roomKey, best, 'PX', ARGV[2])
return best`;

/** KEYS: prefix. ARGV: process, connections, lease in ms, then its rooms. */
const REGISTER = `${NOW}
redis.call('ZADD', KEYS[1] .. 'processes', now + tonumber(ARGV[3]), ARGV[1])
redis.call('HSET', KEYS[1] .. 'loads', ARGV[1], ARGV[2])
for index = 4, #ARGV do
  local roomKey = KEYS[1] .. 'room:' .. ARGV[index]
  if (redis.call('GET', roomKey) or ARGV[1]) == ARGV[1] then redis.call('SET', roomKey, ARGV[1], 'PX', ARGV[3]) end
end
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1] .. 'processes', 0, now - 60000)) do
  redis.call('ZREM', KEYS[1] .. 'processes', gone)
  redis.call('HDEL', KEYS[1] .. 'loads', gone)
end
return 1`;

/** KEYS: prefix. ARGV: process. */
const UNREGISTER = `
redis.call('ZREM', KEYS[1] .. 'processes', ARGV[1])
redis.call('HDEL', KEYS[1] .. 'loads', ARGV[1])
return 1`;

export class VoiceRegistry {
  private readonly keys: [string];

  constructor(
    private readonly redis: Redis,
    redisPrefix: string,
  ) {
    this.keys = [`${redisPrefix}rooms:voice:`];
  }

  /** The process that serves a room; undefined if there is none. */
  async processOf(roomId: string): Promise<string | undefined> {
    return (
      ((await LuaScript.of(ASSIGN).run(this.redis, this.keys, [roomId, REGISTRATION_MS])) as string | null) ?? undefined
    );
  }

  async register(processId: string, connections: number, roomIds: readonly string[]): Promise<void> {
    await LuaScript.of(REGISTER).run(this.redis, this.keys, [processId, connections, REGISTRATION_MS, ...roomIds]);
  }

  async unregister(processId: string): Promise<void> {
    await LuaScript.of(UNREGISTER).run(this.redis, this.keys, [processId]);
  }
}
