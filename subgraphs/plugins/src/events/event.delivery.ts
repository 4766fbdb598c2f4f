/**
 * Delivers events to plugins: at least once, and in order per stream. Other subgraphs tell of events in rows, which become one row for each
 * plugin that receives the event. One job for all plugins does this and delivers, see event.rounds.ts. So a process can die at any place.
 */
import type { EntityManager } from '@chat/kit/database/database';
import {
  follow,
  hasHeardAll,
  hasNews,
  startHearing,
  takeNews,
  type FollowedEvent,
  type News,
} from '@chat/kit/events/event-followers';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { MAX_DEPTH } from '../api/plugin.messages';
import type { PluginBots } from '../bots/plugin.bots';
import type { GraphClient } from '../graph/graph.client';
import { hasHook, isGranted } from '../registry/plugin';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { PluginRuntime } from '../registry/plugin.runtime';
import { findCauses } from './event.cause';
import { EventRounds } from './event.rounds';
import { nameOf, SCHEMAS, typesOf } from './event.sources';

export const DISPATCH_EVENT = 'dispatch-event';
export const DELIVER_EVENTS = 'deliver-events';
export const FOLLOW_EVENTS = 'follow-events';

/** The queue of the job that delivers, so that one process does, and its key. */
const DELIVERY = 'deliver';
/** The follower of all subgraphs with events. */
const FOLLOWER = `plugins:${DISPATCH_EVENT}`;
/** Events that become deliveries in one transaction. */
const BATCH = 256;

interface Deps {
  fork: () => EntityManager;
  jobs: Jobs;
  directory: PluginDirectory;
  runtime: PluginRuntime;
  graph: GraphClient;
  bots: PluginBots;
}

export class EventDelivery {
  private readonly rounds: EventRounds;

  constructor(private readonly deps: Deps) {
    this.rounds = new EventRounds({ ...deps, dispatch: () => this.dispatchAll() });
  }

  /** Tells the other subgraphs which events are needed now. Repeated every minute, because they may get their tables later. */
  readonly follow = async (): Promise<void> => {
    this.deps.directory.changed();
    const plugins = await this.deps.directory.enabled();
    const names = plugins
      .filter((plugin) => isGranted(plugin, 'events:receive'))
      .flatMap(({ manifest }) => manifest.hooks);
    for (const schema of SCHEMAS)
      await follow(this.deps.fork(), schema, FOLLOWER, typesOf(schema, names), { queue: `plugins:${DELIVERY}` });
    if (await this.hasWaiting()) await this.wake();
  };

  private async hasWaiting(): Promise<boolean> {
    for (const schema of SCHEMAS) if (await hasNews(this.deps.fork(), schema, FOLLOWER)) return true;
    return (await this.deps.fork().execute<unknown[]>('select 1 from plugins.deliveries limit 1')).length > 0;
  }

  /** Delivers all that waits. A job of an earlier version has one event. */
  readonly dispatch = async (event: FollowedEvent | object, { signal }: { signal: AbortSignal }): Promise<void> => {
    if ('schema' in event) return this.remember(event);
    const moment = await startHearing(this.deps.fork());
    await this.rounds.run(signal, () => hasHeardAll(this.deps.fork(), moment));
  };

  private async remember({ schema, stream, seq, cause }: FollowedEvent): Promise<void> {
    if (!SCHEMAS.includes(schema)) return;
    await this.deps
      .fork()
      .execute(
        `insert into "${schema}".event_news (task, stream, seq, cause) values (?, ?, ?, ?) on conflict do nothing`,
        [FOLLOWER, stream, seq, cause ?? null],
      );
    await this.wake();
  }

  /** Writes the deliveries of all events that the other subgraphs have told of. */
  private async dispatchAll(): Promise<void> {
    for (const schema of SCHEMAS)
      while (await hasNews(this.deps.fork(), schema, FOLLOWER))
        await takeNews(this.deps.fork(), schema, FOLLOWER, BATCH, (tx, news) => this.write(tx, news));
  }

  private async write(tx: EntityManager, news: readonly News[]): Promise<void> {
    const plugins = (await this.deps.directory.enabled()).filter((plugin) => isGranted(plugin, 'events:receive'));
    const causeOf = await findCauses(tx, news, (cause) => this.deps.graph.causes.read(cause));
    const deliveries = news.flatMap((event) => {
      const name = nameOf(event);
      const cause = causeOf(event);
      if (!name || cause.depth >= MAX_DEPTH) return [];
      const { stream, seq, payload, createdAt } = event;
      return (
        plugins
          .filter((plugin) => hasHook(plugin, name))
          // A plugin knows its own actions.
          .filter(({ id, botId }) => id !== cause.pluginId && (botId === null || botId !== cause.accountId))
          .map(({ id }) => ({ id, stream, seq, name, payload, depth: cause.depth, at: createdAt }))
      );
    });
    if (deliveries.length === 0) return;
    await tx.execute(
      `insert into plugins.deliveries (plugin_id, stream, seq, event, payload, depth, created_at)
       select d.id, d.stream, d.seq, d.name, d.payload, d.depth, d.at from jsonb_to_recordset(?::jsonb)
         as d (id uuid, stream text, seq bigint, name text, payload jsonb, depth integer, at timestamptz)
       join plugins.plugins using (id)
       on conflict do nothing`,
      [JSON.stringify(deliveries)],
    );
  }

  private wake(): Promise<void> {
    return this.deps.jobs.enqueue(this.deps.fork(), DISPATCH_EVENT, {}, { key: DELIVERY, queue: DELIVERY });
  }

  /** Jobs of earlier versions. */
  readonly deliver = (): Promise<void> => this.wake();
}
