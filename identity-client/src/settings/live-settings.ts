/**
 * Settings and feature flags as they are now, in every process. PostgreSQL (identity's part) has what was changed,
 * code has the defaults; a bell makes a change known at once, and a poll does where the bell was not heard.
 */
import type { Redis } from 'ioredis';
import type { EntityManager } from '@chat/kit/database/database';
import { isMissingTable } from '@chat/kit/database/missing-table';
import type { Logger } from '@chat/kit/logging';
import { settingProblem, type SettingDefinition, type SettingValue } from './setting-definition';
import { listen } from '@chat/kit/redis';

const CHANNEL = 'settings-changed';
const DEFINITIONS = 'setting-definitions';
/** How often it is looked for changes whose bell was not heard, in milliseconds. */
const POLL_MS = 500;

/** Tells all processes that a setting has changed; call it after commit. */
export const ringSettings = (redis: Redis, prefix = '') => redis.publish(prefix + CHANNEL, '');

/** Every definition that any process of the installation has announced, by key. */
export async function announcedSettings(redis: Redis, prefix = ''): Promise<Map<string, SettingDefinition>> {
  const texts = await redis.hgetall(prefix + DEFINITIONS);
  return new Map(Object.entries(texts).map(([key, text]) => [key, JSON.parse(text) as SettingDefinition]));
}

export interface LiveSettingsDeps {
  fork: () => EntityManager;
  redis: Redis;
  /** For Pub/Sub only. */
  subscriber: Redis;
  log: Logger;
  prefix?: string;
}

export class LiveSettings implements AsyncDisposable {
  private changed: ReadonlyMap<string, unknown> = new Map();
  private readonly listeners = new Set<() => void>();
  private readonly timer: NodeJS.Timeout;
  private readonly stopListening: () => Promise<void>;
  private reading: Promise<void> | undefined;
  private readingNext: Promise<void> | undefined;
  private isAnnounced = false;
  private isClosed = false;

  /** Announces `definitions` to identity, which validates and lists them, and starts to follow what is changed. */
  constructor(
    private readonly deps: LiveSettingsDeps,
    private readonly definitions: readonly SettingDefinition[],
  ) {
    const { subscriber, prefix = '' } = deps;
    const refresh = () => void this.refresh();
    this.stopListening = listen(subscriber, prefix + CHANNEL, refresh, () => {
      this.isAnnounced = false; // a Redis that was away may have lost it
      refresh();
    });
    this.timer = setInterval(refresh, POLL_MS).unref();
    refresh();
  }

  /** The value now: what an administrator has set, if it still fits the definition, or else the default. */
  get<Definition extends SettingDefinition>(definition: Definition): SettingValue<Definition> {
    const value = this.changed.get(definition.key);
    const isUsable = value !== undefined && settingProblem(definition, value) === undefined;
    return (isUsable ? value : definition.default) as SettingValue<Definition>;
  }

  /** Calls `listener` after every change. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads what is in PostgreSQL from now on. Never throws: until it is back, the last known values hold. */
  refresh(): Promise<void> {
    if (!this.reading) return (this.reading = this.read().finally(() => (this.reading = undefined)));
    // What is being read may be from before a change that the caller knows of.
    return (this.readingNext ??= this.reading.then(() => {
      this.readingNext = undefined;
      return this.refresh();
    }));
  }

  private async read(): Promise<void> {
    if (!this.isAnnounced) await this.announce();
    if (this.isClosed) return; // the database may be closed by now, and would be opened again
    try {
      const rows = await this.deps
        .fork()
        .execute<{ key: string; value: unknown }[]>('select key, value from identity.settings');
      const fresh = new Map(rows.map(({ key, value }) => [key, value]));
      const isChanged = JSON.stringify([...fresh].sort()) !== JSON.stringify([...this.changed].sort());
      this.changed = fresh;
      if (isChanged) for (const listener of this.listeners) listener();
    } catch (error) {
      if (!isMissingTable(error))
        this.deps.log.debug({ err: error }, 'settings could not be read; the last known values hold');
    }
  }

  private async announce(): Promise<void> {
    const { redis, prefix = '' } = this.deps;
    const texts = this.definitions.flatMap((definition) => [definition.key, JSON.stringify(definition)]);
    const written = texts.length > 0 ? redis.hset(prefix + DEFINITIONS, ...texts) : Promise.resolve();
    this.isAnnounced = await written.then(
      () => true,
      () => false, // the next poll tries again
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    await this.stopListening();
  }
}
