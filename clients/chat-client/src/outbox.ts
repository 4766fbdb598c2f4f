/**
 * A queue of outgoing messages: shows them at once, sends them in order, retries until the server has answered. Does not render, and
 * knows the mutation only as a function.
 *
 * Invariants:
 * 1. An entry keeps its `clientMutationId` for ever, so no retry and no reload can double it.
 * 2. The entries of a lane (a channel) are sent one after another, in the order in which they were queued.
 * 3. An entry is stored before it is sent, and removed after the server's answer.
 * 4. Each entry has one owner among the tabs: the tab that holds the entry's owner lock.
 */
import { backoffMs, Waits } from './backoff.ts';
import { ChatError } from './chat-error.ts';
import { Emitter, type Unlisten } from './emitter.ts';
import { newMutationId, type OutboxEntry, parseEntry } from './outbox-entry.ts';
import { OutboxStore } from './outbox-store.ts';
import type { ClientStorage } from './storage.ts';
import { onWakeUp } from './wake-ups.ts';

export interface OutboxOptions<Input, Result> {
  /** Sends one message. Its failure may be a ChatError or an error of Apollo Client or urql. */
  send(input: Input & { clientMutationId: string }): Promise<Result>;
  /** Messages with equal lanes keep their order: the channel's id, for example. */
  laneOf(input: Input): string;
  /** Entries in it survive a reload. Default: none survives. */
  storage?: ClientStorage;
  /** The account's id: only its own entries are sent after a reload. Needed with `storage`. */
  account?: string;
}

export interface Queued<Result> {
  /** The `clientMutationId`. */
  id: string;
  /** Settles with the server's answer. Rejects with a ChatError when the entry has failed or was discarded. */
  result: Promise<Result>;
}

/** Attempts for an error that is neither transient nor a refusal. */
const MAX_UNEXPECTED = 5;
/** Codes that a retry after a new log-in may cure. */
const PAUSING = ['UNAUTHENTICATED'];
/** Codes of an error that the server did not expect. */
const UNEXPECTED = ['INTERNAL_SERVER_ERROR'];

interface Settlers<Result> {
  resolve(result: Result): void;
  reject(error: ChatError): void;
}

export class Outbox<Input extends object, Result> {
  private readonly byId = new Map<string, OutboxEntry<Input>>();
  private readonly settlers = new Map<string, Settlers<Result>>();
  private readonly busyLanes = new Set<string>();
  private readonly changes = new Emitter<readonly OutboxEntry<Input>[]>();
  private readonly waits = new Waits();
  private readonly store: OutboxStore | undefined;
  private readonly unlisten: Unlisten;
  /** Settles when the entries of earlier pages are in the queue. */
  private readonly adopted: Promise<void>;
  private snapshot: readonly OutboxEntry<Input>[] = [];
  private isDisposed = false;

  constructor(private readonly options: OutboxOptions<Input, Result>) {
    const { storage, account } = options;
    if (storage) this.store = new OutboxStore(storage, account ?? '');
    this.unlisten = onWakeUp(() => this.wake());
    this.adopted = this.adoptStored();
  }

  /** Unsent messages in their order; a new array after each change, for React's `useSyncExternalStore`. */
  get entries(): readonly OutboxEntry<Input>[] {
    return this.snapshot;
  }

  onChange(listener: (entries: readonly OutboxEntry<Input>[]) => void): Unlisten {
    return this.changes.on(listener);
  }

  /** Queues a message. It is in {@link entries} when this returns. */
  send(input: Input): Queued<Result> {
    const id = newMutationId();
    const result = new Promise<Result>((resolve, reject) => this.settlers.set(id, { resolve, reject }));
    // The state of the entry tells the failure as well, so nobody has to listen to the promise.
    result.catch(() => undefined);
    this.put({ id, input, queuedAt: Date.now(), state: 'waiting', attempts: 0 });
    void this.run(this.options.laneOf(input));
    return { id, result };
  }

  /** Sends a failed message again, as the same message. */
  retry(id: string): void {
    const entry = this.byId.get(id);
    if (entry?.state !== 'failed') return;
    this.put({ ...entry, state: 'waiting', attempts: 0, error: undefined });
    void this.run(this.options.laneOf(entry.input));
  }

  /** Removes a failed or waiting message. No effect on one that may have reached the server. */
  discard(id: string): void {
    const entry = this.byId.get(id);
    if (!entry || entry.state === 'sending' || (entry.attempts > 0 && entry.state !== 'failed')) return;
    this.remove(entry);
    this.settlers.get(id)?.reject(ChatError.of('CONFLICT', 'The message was discarded.'));
    this.settlers.delete(id);
  }

  /** Ends all delays between attempts. */
  wake(): void {
    this.waits.wake();
  }

  /** Stops sending. Stored entries stay for the next start. */
  dispose(): void {
    this.isDisposed = true;
    this.unlisten();
    this.waits.wake();
    this.store?.dispose();
  }

  /** Takes over entries of earlier pages. */
  private async adoptStored(): Promise<void> {
    const texts = await (this.store?.adopt() ?? []);
    if (this.isDisposed) return;
    const entries = texts.map((text) => parseEntry<Input>(text)).filter((entry) => entry !== undefined);
    for (const entry of entries) this.put(entry);
    for (const lane of new Set(entries.map(({ input }) => this.options.laneOf(input)))) void this.run(lane);
  }

  /** Sends the entries of a lane until none is left. */
  private async run(lane: string): Promise<void> {
    if (this.busyLanes.has(lane)) return;
    this.busyLanes.add(lane);
    try {
      await this.adopted;
      for (let entry = this.nextOf(lane); entry && !this.isDisposed; entry = this.nextOf(lane))
        await this.attempt(entry);
    } finally {
      this.busyLanes.delete(lane);
    }
  }

  private nextOf(lane: string): OutboxEntry<Input> | undefined {
    return this.snapshot.find(({ state, input }) => state !== 'failed' && this.options.laneOf(input) === lane);
  }

  private async attempt(entry: OutboxEntry<Input>): Promise<void> {
    const attempts = entry.attempts + 1;
    this.put({ ...entry, state: 'sending', attempts });
    try {
      const result = await this.options.send({ ...entry.input, clientMutationId: entry.id });
      this.remove(entry);
      this.settlers.get(entry.id)?.resolve(result);
      this.settlers.delete(entry.id);
    } catch (thrown) {
      const error = ChatError.from(thrown);
      const isFinal = !isRepeatable(error, attempts);
      const { code, message } = error;
      this.put({ ...entry, attempts, state: isFinal ? 'failed' : 'retrying', error: { code, message } });
      if (isFinal) return void this.settlers.get(entry.id)?.reject(error);
      await this.waits.wait(Math.max(error.retryAfterMs ?? 0, backoffMs(attempts - 1)));
    }
  }

  private put(entry: OutboxEntry<Input>): void {
    // Throws if the storage is full; the caller then knows that the message is not queued.
    this.store?.put(entry.id, JSON.stringify(entry));
    this.byId.set(entry.id, entry);
    this.publish();
  }

  private remove({ id }: OutboxEntry<Input>): void {
    this.byId.delete(id);
    this.store?.remove(id);
    this.publish();
  }

  private publish(): void {
    this.snapshot = [...this.byId.values()].sort((a, b) => a.queuedAt - b.queuedAt);
    this.changes.emit(this.snapshot);
  }
}

function isRepeatable(error: ChatError, attempts: number): boolean {
  if (error.isTransient || PAUSING.includes(error.code)) return true;
  return UNEXPECTED.includes(error.code) && attempts < MAX_UNEXPECTED;
}
