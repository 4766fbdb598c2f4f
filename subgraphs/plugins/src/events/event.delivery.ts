/**
 * Delivers events to plugins: at least once, and in order per stream. A job per event writes one row for each plugin that receives it; a job
 * per plugin takes its rows in order and deletes each after its call. So a process can die at any place.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { follow, type FollowedEvent } from '@chat/kit/events/event-followers';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import { MAX_DEPTH } from '../api/plugin.messages';
import type { PluginBots } from '../bots/plugin.bots';
import type { GraphClient } from '../graph/graph.client';
import { hasHook, isGranted, type Plugin } from '../registry/plugin';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { PluginRuntime } from '../registry/plugin.runtime';
import { findCause } from './event.cause';
import { detailsOf, type Delivery } from './event.details';
import { findEvent, nameOf, SCHEMAS, typesOf } from './event.sources';

export const DISPATCH_EVENT = 'dispatch-event';
export const DELIVER_EVENTS = 'deliver-events';
export const FOLLOW_EVENTS = 'follow-events';

/** Rows that are read at once. */
const BATCH = 50;
/** Calls of one event that die through no fault of it. */
const MAX_ATTEMPTS = 5;

interface Waiting extends Delivery {
  depth: number;
  attempts: number;
}

interface Deps {
  fork: () => EntityManager;
  jobs: Jobs;
  directory: PluginDirectory;
  runtime: PluginRuntime;
  graph: GraphClient;
  bots: PluginBots;
  log: Logger;
}

export class EventDelivery {
  constructor(private readonly deps: Deps) {}

  /** Tells the other subgraphs which events are needed now. Repeated every minute, because they may get their tables later. */
  readonly follow = async (): Promise<void> => {
    this.deps.directory.changed();
    const plugins = await this.deps.directory.enabled();
    const names = plugins
      .filter((plugin) => isGranted(plugin, 'events:receive'))
      .flatMap(({ manifest }) => manifest.hooks);
    for (const schema of SCHEMAS)
      await follow(this.deps.fork(), schema, `plugins:${DISPATCH_EVENT}`, typesOf(schema, names));
  };

  /** Writes the deliveries of one event. Idempotent. */
  readonly dispatch = async (followed: FollowedEvent): Promise<void> => {
    const em = this.deps.fork();
    const event = await findEvent(em, followed);
    const name = event && nameOf(event);
    if (!event || !name) return;
    const receivers = (await this.deps.directory.enabled()).filter(
      (plugin) => hasHook(plugin, name) && isGranted(plugin, 'events:receive'),
    );
    if (receivers.length === 0) return;
    const cause = await findCause(em, event, this.deps.graph.causes.read(followed.cause));
    if (cause.depth >= MAX_DEPTH) return;
    for (const plugin of receivers) {
      // It knows what it did itself.
      if (plugin.id === cause.pluginId || (plugin.botId !== null && plugin.botId === cause.accountId)) continue;
      await em.transactional(async (tx) => {
        await tx.execute(
          `insert into plugins.deliveries (plugin_id, stream, seq, event, payload, depth, created_at)
           values (?, ?, ?, ?, ?::jsonb, ?, ?) on conflict do nothing`,
          [plugin.id, event.stream, event.seq, name, JSON.stringify(event.payload), cause.depth, event.createdAt],
        );
        const options = { key: `deliver:${plugin.id}`, queue: `deliver:${plugin.id}` };
        await this.deps.jobs.enqueue(tx, DELIVER_EVENTS, { pluginId: plugin.id }, options);
      });
    }
  };

  /** Delivers all that waits for one plugin. */
  readonly deliver = async ({ pluginId }: { pluginId: string }, { signal }: { signal: AbortSignal }): Promise<void> => {
    for (;;) {
      const waiting = await this.next(pluginId);
      if (waiting.length === 0) return;
      for (const delivery of waiting) {
        signal.throwIfAborted();
        const plugin = await this.deps.directory.find(pluginId);
        await this.one(plugin, pluginId, delivery);
      }
    }
  };

  private async one(plugin: Plugin | undefined, pluginId: string, delivery: Waiting): Promise<void> {
    const { stream, seq, event, depth } = delivery;
    if (!plugin || !hasHook(plugin, event) || !isGranted(plugin, 'events:receive'))
      return this.done(pluginId, delivery);
    const details = await detailsOf(this.deps, this.deps.bots.keyOf(plugin), delivery);
    if (details) {
      const { end } = await this.deps.runtime.call(plugin, ['events', event], details, {
        depth,
        key: `${stream}:${seq}`,
      });
      if (end === 'interrupted' && delivery.attempts < MAX_ATTEMPTS) {
        await this.deps
          .fork()
          .execute(
            'update plugins.deliveries set attempts = attempts + 1 where plugin_id = ? and stream = ? and seq = ?',
            [pluginId, stream, seq],
          );
        throw new Error('The call of a plugin was interrupted.'); // the job runs again
      }
    }
    return this.done(pluginId, delivery);
  }

  private async done(pluginId: string, { stream, seq }: Waiting): Promise<void> {
    await this.deps
      .fork()
      .execute('delete from plugins.deliveries where plugin_id = ? and stream = ? and seq = ?', [
        ...[pluginId, stream, seq],
      ]);
  }

  private async next(pluginId: string): Promise<Waiting[]> {
    const rows = await this.deps.fork().execute<(Omit<Waiting, 'seq' | 'createdAt'> & { seq: string; at: string })[]>(
      `select stream, seq, event, payload, depth, attempts, created_at as at from plugins.deliveries
       where plugin_id = ? order by created_at, stream, seq limit ?`,
      [pluginId, BATCH],
    );
    return inOrder(rows.map(({ seq, at, ...row }) => ({ ...row, seq: Number(seq), createdAt: new Date(at) })));
  }
}

/** Events that were committed at the same time keep the order of their stream. */
function inOrder(waiting: Waiting[]): Waiting[] {
  const last = new Map<string, Waiting[]>();
  for (const one of waiting) last.set(one.stream, [...(last.get(one.stream) ?? []), one]);
  for (const ofStream of last.values()) ofStream.sort((a, b) => a.seq - b.seq);
  return waiting.map(({ stream }) => last.get(stream)!.shift()!);
}
