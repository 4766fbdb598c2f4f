/**
 * Hears PostgreSQL's notifications on one connection for a whole process. Reconnects by itself. Notifications during a
 * reconnect are lost: listeners must also poll.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Notification } from 'pg';
import type { Logger } from '../logging';
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE } from './connections';
import { guardedClient } from './guarded-client';

/** How often the connection is tried, so that a dead one is replaced, in milliseconds. */
const PING_MS = 10_000;
/** Longest silence after a ping, in milliseconds. */
const PONG_MS = 10_000;
/** Pause before reconnecting, in milliseconds. */
const RECONNECT_MS = 1000;

type Listener = (message: Notification) => void;

export class NotificationListener implements AsyncDisposable {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly closing = new AbortController();
  private readonly GuardedClient: typeof Client;
  private readonly applicationName: string;
  private readonly url: string;
  private readonly log: Logger;
  private client: Client | undefined;
  private connecting: Promise<void> | undefined;

  /** @param schema names the connection. */
  constructor({ url, schema, log, silenceMs }: { url: string; schema: string; log: Logger; silenceMs?: number }) {
    this.url = url;
    this.log = log;
    this.applicationName = `${schema}-notifications`;
    this.GuardedClient = guardedClient({ applicationName: this.applicationName, deadlineMs: PONG_MS, silenceMs });
  }

  /** @returns ends this listener. */
  listen(channel: string, listener: Listener): () => void {
    const ofChannel = this.listeners.get(channel);
    if (ofChannel) ofChannel.add(listener);
    else this.listeners.set(channel, new Set([listener]));
    if (!ofChannel) this.client?.query(`listen ${quote(channel)}`).catch(() => undefined); // 'end' follows
    this.connecting ??= this.stayConnected();
    return () => void this.listeners.get(channel)?.delete(listener);
  }

  private async stayConnected(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.session();
      } catch (error) {
        this.log.debug({ err: error }, 'notifications are not heard; connecting again');
      }
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection, from its start to its end. */
  private async session(): Promise<void> {
    const client = new this.GuardedClient({
      connectionString: this.url,
      application_name: this.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      ...KEEP_ALIVE,
    });
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    client.on('error', () => undefined); // 'end' follows
    client.on('notification', (message) => {
      for (const listener of this.listeners.get(message.channel) ?? []) listener(message);
    });
    await client.connect();
    if (this.closing.signal.aborted) return void client.end();
    this.client = client;
    const ping = setInterval(() => void client.query('select 1').catch(() => undefined), PING_MS).unref();
    try {
      const channels = [...this.listeners.keys()];
      if (channels.length > 0) await client.query(channels.map((channel) => `listen ${quote(channel)}`).join('; '));
      await ended;
    } finally {
      this.client = undefined;
      clearInterval(ping);
      client.end().catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort();
    await this.client?.end().catch(() => undefined);
    await this.connecting;
  }
}

const quote = (channel: string): string => `"${channel.replaceAll('"', '""')}"`;
