/**
 * Takes the events that wait for plugins to them, in rounds: one read for all plugins, and one for the details of a plugin's messages. Rows are
 * deleted after their calls, those of several plugins and events at once. A call that used the API is repeated only directly after itself,
 * since its row is deleted before the next call. Writes no rows.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import { setTimeout as pause } from 'node:timers/promises';
import type { PluginBots } from '../bots/plugin.bots';
import type { GraphClient } from '../graph/graph.client';
import { hasHook, isGranted, type Plugin } from '../registry/plugin';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { PluginRuntime } from '../registry/plugin.runtime';
import { detailsOfAll, ReadObjects, type Delivery } from './event.details';

/** Rows that are read at once for each plugin. */
const BATCH = 64;
/** Calls of one event that die through no fault of it. */
const MAX_ATTEMPTS = 5;
/** Events of a plugin that failed are delivered again after this time, while there are events for others, in milliseconds. */
const RETRY_MS = 1_000;
/**
 * Pause after a round, as a multiple of the time that reading took: people wait for the same processes. Events that come meanwhile share the
 * next round. The first event after a quiet time is not delayed.
 */
const PAUSES = 4;
/** The shortest and the longest pause, in milliseconds. */
const [MIN_PAUSE_MS, MAX_PAUSE_MS] = [250, 2_000] as const;
/**
 * The next plugin begins when one is done, or after this time, in milliseconds. Each is followed by a pause of the time that it took, so that
 * people share the processors with one plugin at a time.
 */
const APART_MS = 20;
/** While plugins work, others are looked after this often, in milliseconds. */
const LOOK_MS = 250;

interface Waiting extends Delivery {
  pluginId: string;
  depth: number;
  attempts: number;
}

interface Event {
  delivery: Waiting;
  details: object;
}

interface Deps {
  fork: () => EntityManager;
  directory: PluginDirectory;
  runtime: PluginRuntime;
  graph: GraphClient;
  bots: PluginBots;
  /** Writes the rows of new events. */
  dispatch: () => Promise<void>;
}

export class EventRounds {
  /** Details are read for one plugin at a time. */
  private reading: Promise<unknown> = Promise.resolve();
  private readMs = 0;
  /** What the present round has read. */
  private known = new ReadObjects();
  private readonly deletions = new GroupedCalls<Waiting[], undefined>(async (groups) => {
    await this.remove(groups.flat());
    return groups.map(() => undefined);
  });

  constructor(private readonly deps: Deps) {}

  /**
   * Delivers until nothing waits. Only one process may do so.
   * @param hasHeardAll whether later events have another job
   * @throws if events of a plugin have to be delivered again
   */
  async run(signal: AbortSignal, hasHeardAll: () => Promise<boolean>): Promise<void> {
    const busy = new Map<string, Promise<void>>();
    const failures = new Map<string, { error: unknown; retryAt: number }>();
    try {
      for (;;) {
        signal.throwIfAborted();
        const isLast = await hasHeardAll();
        await this.deps.dispatch();
        const resting = [...failures].filter(([, { retryAt }]) => retryAt > performance.now()).map(([id]) => id);
        const waiting = await this.next([...busy.keys(), ...resting]);
        if (waiting.size === 0 && busy.size === 0 && isLast) break;
        this.readMs = 0;
        this.known = new ReadObjects();
        for (const [pluginId, deliveries] of waiting) {
          const work = this.all(pluginId, deliveries, signal)
            .then(() => void failures.delete(pluginId))
            .catch((error: unknown) => void failures.set(pluginId, { error, retryAt: performance.now() + RETRY_MS }))
            .finally(() => busy.delete(pluginId));
          busy.set(pluginId, work);
          const began = performance.now();
          await Promise.race([work, pause(APART_MS, undefined, { ref: false })]);
          await pause(performance.now() - began, undefined, { signal, ref: false });
        }
        await Promise.race([Promise.all(busy.values()), pause(LOOK_MS, undefined, { ref: false })]);
        const isBehind = [...waiting.values()].some(({ length }) => length === BATCH);
        const pauseMs = isBehind ? 0 : Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, PAUSES * this.readMs));
        await pause(pauseMs, undefined, { signal, ref: false });
      }
    } finally {
      await Promise.all(busy.values());
    }
    for (const { error } of failures.values()) throw error; // the job runs again
  }

  /** Delivers some events of one plugin. */
  private async all(pluginId: string, waiting: readonly Waiting[], signal: AbortSignal): Promise<void> {
    const plugin = await this.deps.directory.find(pluginId);
    const events = plugin ? await this.eventsOf(plugin, waiting) : [];
    const wanted = new Set(events.map(({ delivery }) => delivery));
    await this.done(waiting.filter((delivery) => !wanted.has(delivery)));
    for (let rest = events; plugin && rest.length > 0;) {
      signal.throwIfAborted();
      const present = await this.deps.directory.find(pluginId);
      if (present?.revision !== plugin.revision) return; // the next round takes the rest
      rest = rest.slice(await this.call(plugin, rest));
    }
  }

  /** Events that the plugin receives and may see. */
  private async eventsOf(plugin: Plugin, waiting: readonly Waiting[]): Promise<Event[]> {
    const wanted = waiting.filter(({ event }) => hasHook(plugin, event) && isGranted(plugin, 'events:receive'));
    if (wanted.length === 0) return [];
    const details = await this.inTurn(() => detailsOfAll(this.deps, this.deps.bots.keyOf(plugin), wanted, this.known));
    return wanted.flatMap((delivery, index) => (details[index] ? [{ delivery, details: details[index] }] : []));
  }

  private inTurn<T>(read: () => Promise<T>): Promise<T> {
    const answer = this.reading.then(async () => {
      const began = performance.now();
      try {
        return await read();
      } finally {
        this.readMs += performance.now() - began;
      }
    });
    this.reading = answer.catch(() => undefined);
    return answer;
  }

  /** @returns the number of events that are done with. @throws if one has to be repeated */
  private async call(plugin: Plugin, events: readonly Event[]): Promise<number> {
    const calls = events.map(({ delivery: { stream, seq, event, depth }, details }) => ({
      plugin,
      path: ['events', event],
      argument: details,
      invocation: { depth, key: `${stream}:${seq}` },
    }));
    const results = await this.deps.runtime.callInTurn(calls, { until: 'effect' });
    const called = events.slice(0, results.length).map(({ delivery }) => delivery);
    const last = called.at(-1);
    const isRepeated = !last || (results.at(-1)!.end === 'interrupted' && last.attempts < MAX_ATTEMPTS);
    await this.done(isRepeated ? called.slice(0, -1) : called);
    if (!isRepeated) return called.length;
    if (last) await this.noteAttempt(last);
    throw new Error('The call of a plugin was interrupted.');
  }

  private async noteAttempt({ pluginId, stream, seq }: Waiting): Promise<void> {
    await this.deps
      .fork()
      .execute('update plugins.deliveries set attempts = attempts + 1 where plugin_id = ? and stream = ? and seq = ?', [
        ...[pluginId, stream, seq],
      ]);
  }

  private async done(deliveries: Waiting[]): Promise<void> {
    if (deliveries.length > 0) await this.deletions.run(deliveries);
  }

  private async remove(deliveries: readonly Waiting[]): Promise<void> {
    const keys = deliveries.map(({ pluginId, stream, seq }) => ({ plugin_id: pluginId, stream, seq }));
    await this.deps.fork().execute(
      `delete from plugins.deliveries d
       using jsonb_to_recordset(?::jsonb) as k (plugin_id uuid, stream text, seq bigint)
       where d.plugin_id = k.plugin_id and d.stream = k.stream and d.seq = k.seq`,
      [JSON.stringify(keys)],
    );
  }

  /** The oldest deliveries by plugin. */
  private async next(without: readonly string[]): Promise<Map<string, Waiting[]>> {
    const rows = await this.deps.fork().execute<(Omit<Waiting, 'seq' | 'createdAt'> & { seq: string; at: string })[]>(
      `select d.plugin_id as "pluginId", d.stream, d.seq, d.event, d.payload, d.depth, d.attempts, d.created_at as at
       from plugins.plugins p cross join lateral (
         select * from plugins.deliveries where plugin_id = p.id order by created_at, stream, seq limit ?) d
       where not p.id::text in (select jsonb_array_elements_text(?::jsonb))
       order by p.name collate "C", d.created_at, d.stream, d.seq`,
      [BATCH, JSON.stringify(without)],
    );
    const waiting = rows.map(({ seq, at, ...row }) => ({ ...row, seq: Number(seq), createdAt: new Date(at) }));
    const byPlugin = Map.groupBy(waiting, ({ pluginId }) => pluginId);
    return new Map([...byPlugin].map(([pluginId, deliveries]) => [pluginId, inOrder(deliveries)]));
  }
}

/** Events that were committed at the same time keep the order of their stream. */
function inOrder(waiting: Waiting[]): Waiting[] {
  const last = Map.groupBy(waiting, ({ stream }) => stream);
  for (const ofStream of last.values()) ofStream.sort((a, b) => a.seq - b.seq);
  return waiting.map(({ stream }) => last.get(stream)!.shift()!);
}
