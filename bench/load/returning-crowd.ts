/**
 * A process full of subscribers who come back: each knows the last message that it has seen, and subscribes again from
 * there as soon as it loses its gateway. Every message is checked on arrival: none may be missing, repeated or out of order.
 */
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import { setTimeout as delay } from 'node:timers/promises';
import { sign } from 'jsonwebtoken';
import { sharedNow } from '../fixtures/world';
import { onCommand } from '../harness/commands';
import type { Marks } from '../worlds/world';
import { Subscriber } from './subscriber';

export interface ReturningCrowd {
  /** The gateways; whoever loses one goes to the next. */
  urls: string[];
  query: string;
  marks: Marks;
  channels: string[];
  count: number;
  /** What the gateways verify tokens with: each subscriber has an account of its own. */
  secretKey: string;
  /** The longest that a subscriber waits before it comes back, in milliseconds; chance says how long. */
  spreadMs: number;
}

/** What has been seen since the last question. */
export interface Seen {
  messages: number;
  /** Messages that were not the next one after that before them. */
  wrong: number;
  /** When the last message came that had taken longer than it may, on the clock of all processes; 0 for never. */
  lastLateAt: number;
  /** When the last of those who had to come back was acknowledged by another gateway; 0 where somebody still is not. */
  allBackAt: number;
  returns: number;
  /** Why connections had to be tried again → how many. */
  failures: Record<string, number>;
}

/** A message that takes longer than this, in milliseconds, has come late: its receiver was not live. */
const LATE_MS = 500;

/** How many connections are opened at once when the crowd gathers. When it comes back, all are. */
const CONNECTING = 100;

/** The longest that a subscriber waits after a refused connection, in milliseconds; chance says how long. */
const RETRY_MS = 200;

const QUOTE = 0x22;

let crowd: ReturningCrowd;
let marks: Record<keyof Marks, Buffer>;
const members: Member[] = [];
let away = 0;
let seen: Seen = nothing();

class Member {
  lastSeq = 0;
  private cursor: string | null = null;
  private gateway = 0;
  private isComingBack = false;

  constructor(
    private readonly channelId: string,
    private readonly token: string,
  ) {}

  /** Rejects where the gateway does not take the connection. */
  subscribe(): Promise<void> {
    const subscriber = new Subscriber({
      url: crowd.urls[this.gateway % crowd.urls.length]!,
      payload: JSON.stringify({
        query: crowd.query,
        variables: { channelId: this.channelId, after: this.cursor },
      }),
      token: this.token,
      onEvent: (bytes, start, end) => this.receive(bytes, start, end),
      onLost: (why) => void this.comeBack(why),
    });
    return subscriber.asked;
  }

  private receive(bytes: Buffer, start: number, end: number): void {
    const seq = numberAfter(marks.seq, bytes, start, end);
    if (this.lastSeq > 0 && seq !== this.lastSeq + 1) seen.wrong++;
    this.lastSeq = seq;
    const cursorAt = bytes.indexOf(marks.cursor, start) + marks.cursor.length;
    this.cursor = bytes.toString('latin1', cursorAt, bytes.indexOf(QUOTE, cursorAt));
    seen.messages++;
    const now = sharedNow();
    if (now - numberAfter(marks.sentAt, bytes, start, end) > LATE_MS) seen.lastLateAt = now;
  }

  private async comeBack(why: string): Promise<void> {
    // A gateway that is killed says nothing; whatever else ends a connection is worth knowing.
    if (this.isComingBack || why.startsWith('{')) seen.failures[why] = (seen.failures[why] ?? 0) + 1;
    if (this.isComingBack) return;
    this.isComingBack = true;
    away++;
    this.gateway++;
    await delay(Math.random() * crowd.spreadMs);
    while (!(await this.tryAgain())) await delay(Math.random() * RETRY_MS);
    this.isComingBack = false;
    seen.returns++;
    if (--away === 0) seen.allBackAt = sharedNow();
  }

  private async tryAgain(): Promise<boolean> {
    try {
      await this.subscribe();
      return true;
    } catch {
      return false;
    }
  }
}

function tokenOf(userId: string): string {
  const claims = { sid: `session-of-${userId}`, roles: ['user'], permissions: ['read'] };
  return sign(claims, crowd.secretKey, { subject: userId, ...ACCESS_TOKEN, expiresIn: '1h' });
}

function numberAfter(name: Buffer, bytes: Buffer, start: number, end: number): number {
  const at = bytes.indexOf(name, start) + name.length;
  return parseFloat(bytes.toString('latin1', at, Math.min(at + 24, end)));
}

function nothing(): Seen {
  return { messages: 0, wrong: 0, lastLateAt: 0, allBackAt: 0, returns: 0, failures: {} };
}

onCommand('gather', async (wanted: ReturningCrowd) => {
  crowd = wanted;
  marks = {
    seq: Buffer.from(crowd.marks.seq),
    sentAt: Buffer.from(crowd.marks.sentAt),
    cursor: Buffer.from(crowd.marks.cursor),
  };
  const { channels, count } = crowd;
  for (let index = 0; index < count; index++) {
    members.push(
      new Member(
        channels[index % channels.length]!,
        tokenOf(`00000000-0000-7000-8000-${String(index).padStart(12, '0')}`),
      ),
    );
  }
  let next = 0;
  const connectOne = async () => {
    while (next < count) await members[next++]!.subscribe();
  };
  await Promise.all(Array.from({ length: CONNECTING }, connectOne));
});

/** How many have seen a message. */
onCommand('live', () => members.filter(({ lastSeq }) => lastSeq > 0).length);

onCommand('seen', (): Seen => {
  const result = seen;
  seen = nothing();
  return result;
});

/** How many have not come to the last message of their channel. */
onCommand(
  'behind',
  (heads: Record<string, number>) =>
    members.filter(({ lastSeq }, index) => lastSeq !== heads[crowd.channels[index % crowd.channels.length]!]).length,
);

process.stdout.write('ready\n');
