/**
 * A process full of reconnecting subscribers: each keeps the cursor of its last message, and resumes from it when it loses
 * its gateway. Every message is checked on arrival: none may be missing, repeated or out of order.
 */
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import { setTimeout as delay } from 'node:timers/promises';
import { sign } from 'jsonwebtoken';
import { sharedNow } from '../fixtures/world';
import { onCommand } from '../harness/commands';
import type { Marks } from '../worlds/world';
import { Subscriber } from './subscriber';

export interface ReturningCrowd {
  /** The gateways; a subscriber that loses one goes to the next. */
  urls: string[];
  query: string;
  marks: Marks;
  channels: string[];
  count: number;
  /** The key for access tokens; each subscriber has an account of its own. */
  secretKey: string;
  /** The longest random delay before a subscriber reconnects, in milliseconds. */
  spreadMs: number;
}

/** Observations since the last reading. */
export interface Seen {
  messages: number;
  /** Messages that did not follow their predecessor. */
  wrong: number;
  /** When the last late message arrived, on the shared clock; 0 if none was late. */
  lastLateAt: number;
  /** When the last reconnecting subscriber was acknowledged by another gateway; 0 if one still is not. */
  allBackAt: number;
  returns: number;
  /** Reasons of connection retries → their number. */
  failures: Record<string, number>;
}

/** A message is late if it takes longer than this, in milliseconds: its receiver was not live. */
const LATE_MS = 500;

/** Connections that are opened at once when the crowd gathers. When it returns, all are opened at once. */
const CONNECTING = 100;

/** The longest random delay after a refused connection, in milliseconds. */
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
  /** Whether it has received a message from another gateway. */
  isServedAgain = false;

  constructor(
    private readonly channelId: string,
    private readonly token: string,
  ) {}

  /** Rejects if the gateway does not accept the connection. */
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
    if (this.gateway > 0) this.isServedAgain = true;
    const now = sharedNow();
    if (now - numberAfter(marks.sentAt, bytes, start, end) > LATE_MS) seen.lastLateAt = now;
  }

  private async comeBack(why: string): Promise<void> {
    // A killed gateway sends nothing; any other reason for the end of a connection is recorded.
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

/** The number of subscribers that have received a message. */
onCommand('live', () => members.filter(({ lastSeq }) => lastSeq > 0).length);

/** The number of subscribers that have received a message since they returned. */
onCommand('served', () => members.filter(({ isServedAgain }) => isServedAgain).length);

onCommand('seen', (): Seen => {
  const result = seen;
  seen = nothing();
  return result;
});

/** The number of subscribers that have not received the last message of their channel. */
onCommand(
  'behind',
  (heads: Record<string, number>) =>
    members.filter(({ lastSeq }, index) => lastSeq !== heads[crowd.channels[index % crowd.channels.length]!]).length,
);

process.stdout.write('ready\n');
