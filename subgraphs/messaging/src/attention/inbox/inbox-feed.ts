/**
 * The live inbox of one account: the events of its stream, each once and in order, interleaved with notices of unread channels.
 * New and changed messages do not append to the inbox of each member. The feed listens to the account's channels instead.
 */
import type { Batched } from '@chat/kit/events/batched';
import type { Bell } from '@chat/kit/events/bell';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { channelStream, type ChannelEvents } from '../../channels/channel.events';
import type { InboxEvents } from '../inbox.events';

/** Debounces notices of one channel, in milliseconds. */
const TOGETHER_MS = 250;

/** An item of the stream, or a channel that may have unread messages. */
export type InboxItem = FeedItem<InboxEvents> | { kind: 'unread'; channelId: string };

/** Channel events that may change unread counts. An edit may add or remove a mention. */
const COUNTED = new Set<keyof ChannelEvents>(['MessageAdded', 'MessageEdited', 'MessageDeleted']);

type Result = IteratorResult<InboxItem, undefined>;
const DONE: Result = { done: true, value: undefined };

export class InboxFeed implements AsyncIterableIterator<InboxItem, undefined>, Batched<InboxItem> {
  private readonly unread = new Set<string>();
  private readonly listening = new Map<string, Promise<() => void>>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private upcoming: Promise<IteratorResult<FeedItem<InboxEvents>, undefined>> | undefined;
  private settle: ((result: Result) => void) | undefined;
  private wake: ((nothing?: undefined) => void) | undefined;
  private readonly stopWatching: () => void;
  private isDone = false;

  /**
   * @param readUnread returns the account's channels that have unread messages
   * @param spreadMs the time over which the inboxes of the process spread their reads when Redis is back, in milliseconds
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
      const look = () => void this.tellUnread().catch(() => undefined); // an unavailable database must not end the feed
      setTimeout(look, Math.random() * spreadMs).unref();
    });
  }

  /** Settles once the feed listens to the channels, or will as soon as Redis is back. */
  async listens(): Promise<void> {
    await this.bell.patiently(...this.listening.values());
  }

  /** Emits a notice for each channel that has unread messages. */
  async tellUnread(): Promise<void> {
    for (const channelId of await this.readUnread()) if (this.listening.has(channelId)) this.unread.add(channelId);
    this.wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Must not be called again before it settles. */
  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.settle = resolve; // so that return() ends a waiting next() at once
      this.take().then(resolve, reject);
    });
  }

  takeWaiting(most: number): InboxItem[] {
    if (this.upcoming) return []; // the pending item comes first
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
      const woken = new Promise<undefined>((resolve) => (this.wake = resolve));
      const result = await Promise.race([this.upcoming, woken]);
      if (!result) continue;
      this.upcoming = undefined;
      if (result.done) break;
      this.follow(result.value);
      return result;
    }
    return DONE;
  }

  /** Listens to channels that the account joins, and stops for channels that it leaves. */
  private follow(item: FeedItem<InboxEvents>): void {
    if (item.kind !== 'event') return;
    const { type, payload } = item.row;
    if (type === 'ChannelJoined') this.listen(payload.channelId);
    if (type === 'ChannelLeft' || type === 'ChannelDeleted') this.unlisten(payload.channelId);
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
