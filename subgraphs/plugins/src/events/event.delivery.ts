/**
 * Delivers events to plugins: at least once, and in order per stream. A job per event writes one row for each plugin that receives it; one job
 * for all plugins delivers the rows, see event.rounds.ts. So a process can die at any place.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { follow, type FollowedEvent } from '@chat/kit/events/event-followers';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { MAX_DEPTH } from '../api/plugin.messages';
import type { PluginBots } from '../bots/plugin.bots';
import type { GraphClient } from '../graph/graph.client';
import { hasHook, isGranted } from '../registry/plugin';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { PluginRuntime } from '../registry/plugin.runtime';
import { findCause } from './event.cause';
import { EventRounds } from './event.rounds';
import { findEvent, nameOf, SCHEMAS, typesOf } from './event.sources';

export const DISPATCH_EVENT = 'dispatch-event';
export const DELIVER_EVENTS = 'deliver-events';
export const FOLLOW_EVENTS = 'follow-events';

/** The queue of the job that delivers, so that one process does, and its key. */
const DELIVERY = 'deliver';

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
    this.rounds = new EventRounds(deps);
  }

  /** Tells the other subgraphs which events are needed now. Repeated every minute, because they may get their tables later. */
  readonly follow = async (): Promise<void> => {
    this.deps.directory.changed();
    const plugins = await this.deps.directory.enabled();
    const names = plugins
      .filter((plugin) => isGranted(plugin, 'events:receive'))
      .flatMap(({ manifest }) => manifest.hooks);
    for (const schema of SCHEMAS)
      await follow(this.deps.fork(), schema, `plugins:${DISPATCH_EVENT}`, typesOf(schema, names));
    // A process may have died between writing rows and telling of them.
    const [waiting] = await this.deps.fork().execute<unknown[]>('select 1 from plugins.deliveries limit 1');
    if (waiting && !this.rounds.isRunning) await this.wake(this.deps.fork());
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
    // A plugin knows its own actions.
    const ids = receivers
      .filter(({ id, botId }) => id !== cause.pluginId && (botId === null || botId !== cause.accountId))
      .map(({ id }) => id);
    if (ids.length === 0) return;
    const write = (tx: EntityManager) =>
      tx.execute(
        `insert into plugins.deliveries (plugin_id, stream, seq, event, payload, depth, created_at)
         select p.id::uuid, ?, ?, ?, ?::jsonb, ?, ? from jsonb_array_elements_text(?::jsonb) as p (id)
         on conflict do nothing`,
        [
          ...[event.stream, event.seq, name, JSON.stringify(event.payload), cause.depth, event.createdAt],
          JSON.stringify(ids),
        ],
      );
    // Each new job makes every process of the installation look for jobs, and the one that runs finds these rows, too.
    if (this.rounds.isRunning) {
      await write(em);
      if (!this.rounds.notice()) await this.wake(em);
    } else
      await em.transactional(async (tx) => {
        await write(tx);
        await this.wake(tx);
      });
  };

  private wake(em: EntityManager): Promise<void> {
    return this.deps.jobs.enqueue(em, DELIVER_EVENTS, {}, { key: DELIVERY, queue: DELIVERY });
  }

  /** Delivers all that waits. Earlier versions had a job for each plugin, in a queue of its own. */
  readonly deliver = ({ pluginId }: { pluginId?: string }, { signal }: { signal: AbortSignal }): Promise<void> =>
    pluginId === undefined ? this.rounds.run(signal) : this.wake(this.deps.fork());
}
