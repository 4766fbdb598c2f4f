/**
 * Current settings and feature flags in every process. Identity's schema in PostgreSQL stores changed values; code has the defaults. A
 * notification announces a change at once, and a poll covers lost notifications.
 */
import type { Redis } from 'ioredis';
import type { EntityManager } from '@chat/kit/database/database';
import { isMissingTable } from '@chat/kit/database/missing-table';
import type { Logger } from '@chat/kit/logging';
import { settingProblem, type SettingDefinition, type SettingValue } from './setting-definition';
import { listen } from '@chat/kit/redis';

const CHANNEL = 'settings-changed';
const DEFINITIONS = 'setting-definitions';
/** Interval of the poll, in milliseconds. */
const POLL_MS = 1_000;

/** Notifies all processes that a setting has changed. Call it after commit. */
export const ringSettings = (redis: Redis, prefix = '') => redis.publish(prefix + CHANNEL, '');

/** All definitions that processes of the installation have announced, by key. */
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
  /** For reads of the values, which need no unit of work of their own. */
  private em: EntityManager | undefined;

  /** Announces `definitions` to identity, which validates and lists them, and starts to follow changes. */
  constructor(
    private readonly deps: LiveSettingsDeps,
    private readonly definitions: readonly SettingDefinition[],
  ) {
    const { subscriber, prefix = '' } = deps;
    const refresh = () => void this.refresh();
    this.stopListening = listen(subscriber, prefix + CHANNEL, refresh, () => {
      this.isAnnounced = false; // Redis may have lost it
      refresh();
    });
    this.timer = setInterval(refresh, POLL_MS).unref();
    refresh();
  }

  /** The value that an administrator has set, if it is valid for the definition, otherwise the default. */
  get<Definition extends SettingDefinition>(definition: Definition): SettingValue<Definition> {
    const value = this.changed.get(definition.key);
    const isUsable = value !== undefined && settingProblem(definition, value) === undefined;
    return (isUsable ? value : definition.default) as SettingValue<Definition>;
  }

  /** Calls `listener` after every change. @returns a function that removes it */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads the values from PostgreSQL, including all changes before this call. Never throws; on failure, keeps the last values. */
  refresh(): Promise<void> {
    if (!this.reading) return (this.reading = this.read().finally(() => (this.reading = undefined)));
    // The read in progress may have started before a change that the caller knows of.
    return (this.readingNext ??= this.reading.then(() => {
      this.readingNext = undefined;
      return this.refresh();
    }));
  }

  private async read(): Promise<void> {
    if (!this.isAnnounced) await this.announce();
    if (this.isClosed) return; // the read would reopen a closed database
    try {
      this.em ??= this.deps.fork();
      const rows = await this.em.execute<{ key: string; value: unknown }[]>('select key, value from identity.settings');
      const fresh = new Map(rows.map(({ key, value }) => [key, value]));
      const isChanged = JSON.stringify([...fresh].sort()) !== JSON.stringify([...this.changed].sort());
      this.changed = fresh;
      if (isChanged) for (const listener of this.listeners) listener();
    } catch (error) {
      if (!isMissingTable(error))
        this.deps.log.debug({ err: error }, 'settings could not be read; keeping the last values');
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
