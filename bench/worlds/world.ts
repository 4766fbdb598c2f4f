/** What a measurement of live events needs behind its gateways: channels, somebody who writes in them, and what that costs. */
import type { StartedGateway } from '../harness/gateways';

/** Where an event says what about itself, as the text that comes before it. */
export interface Marks {
  /** Before the message's number within its channel, which counts up from 1. */
  seq: string;
  /** Before the time at which it was sent, in milliseconds of the clock that all processes share. */
  sentAt: string;
  /** Before the cursor, which ends at the next quotation mark. */
  cursor: string;
}

export interface World extends AsyncDisposable {
  /** Subscribes to a channel: `$channelId`, `$after`. */
  query: string;
  marks: Marks;
  channels: string[];
  /** What access tokens are signed with. */
  secretKey: string;
  /** Another gateway of the same world; whoever starts it ends it. */
  startGateway(): Promise<StartedGateway>;
  /** One message in each channel. */
  sendToAll(): Promise<void>;
  /** Sends messages to the channels in turn, until it is stopped. */
  startPace(messagesPerSecond: number): Promise<void>;
  stopPace(): Promise<void>;
  /** Channel → the number of its last message. */
  heads(): Promise<Record<string, number>>;
  /** What the world behind the gateways has done since the last question, by what is counted. */
  load(): Promise<Record<string, number>>;
}
