/** The interface of the systems behind the gateways of live benches: channels, their author, and cost counters. */
import type { StartedGateway } from '../harness/gateways';

/** Markers: the text that precedes each value in an event. */
export interface Marks {
  /** Precedes the message's number in its channel, which counts up from 1. */
  seq: string;
  /** Precedes the time of sending, in milliseconds of the shared clock. */
  sentAt: string;
  /** Precedes the cursor, which ends at the next quotation mark. */
  cursor: string;
}

export interface World extends AsyncDisposable {
  /** The subscription to a channel, with `$channelId` and `$after`. */
  query: string;
  marks: Marks;
  channels: string[];
  /** The key for access tokens. */
  secretKey: string;
  /** Starts another gateway of the same world; the caller must dispose of it. */
  startGateway(): Promise<StartedGateway>;
  /** Sends one message in each channel. */
  sendToAll(): Promise<void>;
  /** Sends messages to the channels in turn until it is stopped. */
  startPace(messagesPerSecond: number): Promise<void>;
  stopPace(): Promise<void>;
  /** Channel → the number of its last message. */
  heads(): Promise<Record<string, number>>;
  /** The work behind the gateways since the last reading, by metric. */
  load(): Promise<Record<string, number>>;
}
