/**
 * The viewer's inbox live: the events of its stream, each once and in order, and between them word of what is unread.
 * New and changed messages do not write into every member's inbox; whoever is connected hears of them from the channels themselves.
 */
import type { Batched } from '@chat/kit/events/batched';
import type { Bell } from '@chat/kit/events/bell';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { channelStream, type ChannelEvents } from '../../channels/channel.events';
import type { InboxEvents } from '../inbox.events';

/** New and changed messages of one channel within this time are told of together, in milliseconds. */
const TOGETHER_MS = 250;

/** An item of the stream, or a channel in which something may be unread. */
export type InboxItem = FeedItem<InboxEvents> | { kind: 'unread'; channelId: string };

/** Events of a channel by which what is unread in it may change: a change may mention somebody, or no longer. */
const COUNTED = new Set<keyof ChannelEvents>(['MessageAdded', 'MessageEdited', 'MessageDeleted']);

type Result = IteratorResult<InboxItem, undefined>;
const DONE: Result = { done: true, value: undefined };

export class InboxFeed implements AsyncIterableIterator<InboxItem, undefined>, Batched<InboxItem> {
  private readonly unread = new Set<string>();
  private readonly listening = new Map<string, Promise<() => void>>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private upcoming: Promise<IteratorResult<FeedItem<InboxEvents>, undefined>> | undefined;
  private settle: ((result: Result) => void) | undefined;
  private wake: (() => void) | undefined;
  private readonly stopWatching: () => void;
  private isDone = false;

  /**
   * @param readUnread channels of the viewer's in which something is unread.
   * @param spreadMs within which time all inboxes of the process look again when Redis is back.
   */
  constructor(
    private readonly feed: AsyncIterator<FeedItem<InboxEvents>, undefined> & Batched<FeedItem<InboxEvents>>,
    private readonly bell: Bell,
    channelIds: readonly string[],
    private readonly readUnread: () => Promise<string[]>,
    spreadMs = 2000,
  ) {
    for (const channelId of channelIds) this.listen(channelId);
    this.stopWatching = bell.onReconnected(() => {
      const look = () => void this.tellUnread().catch(() => undefined); // a database that is away is no reason to end
      setTimeout(look, Math.random() * spreadMs).unref();
    });
  }

  /** Settles when new messages are being heard (or will be, as soon as Redis is back). */
  async listens(): Promise<void> {
    await this.bell.patiently(...this.listening.values());
  }

  /** Tells of every channel in which something is unread. */
  async tellUnread(): Promise<void> {
    for (const channelId of await this.readUnread()) if (this.listening.has(channelId)) this.unread.add(channelId);
    this.wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ask for one item at a time. */
  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.settle = resolve; // so that return() ends a waiting next() at once
      this.take().then(resolve, reject);
    });
  }

  takeWaiting(most: number): InboxItem[] {
    if (this.upcoming) return []; // it comes first
    const items = this.feed.takeWaiting(most);
    for (const item of items) this.follow(item);
    return items;
  }

  private async take(): Promise<Result> {
    while (!this.isDone) {
      const [channelId] = this.unread;
      if (channelId !== undefined) {
        this.unread.delete(channelId);
        return { done: false, value: { kind: 'unread', channelId } };
      }
      this.upcoming ??= this.feed.next();
      const woken = new Promise<undefined>((resolve) => (this.wake = () => resolve(undefined)));
      const result = await Promise.race([this.upcoming, woken]);
      if (!result) continue;
      this.upcoming = undefined;
      if (result.done) break;
      this.follow(result.value);
      return result;
    }
    return DONE;
  }

  /** Whoever comes into a channel hears of it from then on. */
  private follow(item: FeedItem<InboxEvents>): void {
    if (item.kind !== 'event') return;
    const { type, payload } = item.row;
    if (type === 'ChannelJoined') this.listen(payload.channelId);
    if (type === 'ChannelLeft') this.unlisten(payload.channelId);
  }

  private listen(channelId: string): void {
    if (this.listening.has(channelId)) return;
    const listening = this.bell.listen(channelStream.of(channelId), ({ type }) => {
      if (COUNTED.has(type)) this.heard(channelId);
    });
    this.listening.set(channelId, listening);
    listening.catch(() => this.listening.delete(channelId));
  }

  private unlisten(channelId: string): void {
    clearTimeout(this.timers.get(channelId));
    this.timers.delete(channelId);
    this.unread.delete(channelId);
    void this.listening
      .get(channelId)
      ?.then((stop) => stop())
      .catch(() => undefined);
    this.listening.delete(channelId);
  }

  private heard(channelId: string): void {
    if (this.timers.has(channelId)) return;
    const tell = () => {
      this.timers.delete(channelId);
      this.unread.add(channelId);
      this.wake?.();
    };
    this.timers.set(channelId, setTimeout(tell, TOGETHER_MS).unref());
  }

  async return(): Promise<Result> {
    if (!this.isDone) {
      this.isDone = true;
      this.stopWatching();
      for (const channelId of [...this.listening.keys()]) this.unlisten(channelId);
      this.settle?.(DONE);
      await this.feed.return?.();
    }
    return DONE;
  }

  throw(): Promise<Result> {
    return this.return();
  }
}
