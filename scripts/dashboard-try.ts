/**
 * `npm run dashboard:try`: the dashboard of deploy/ on a real system. Prometheus watches a running chat, and is asked the query of each panel.
 * Does not start Grafana: how a panel looks is not tested.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlertReceiver } from './monitoring/alert-receiver';
import { FAULTS } from './monitoring/alert-faults';
import { panels } from './monitoring/monitoring-files';
import { seriesOf } from './monitoring/series';
import { watch } from './monitoring/watch';
import { WatchedChat } from './monitoring/watched-chat';

/** Their faults give data to panels that are empty in ordinary use. */
const ALERTS_OF_FAULTS = ['ChatSlowConsumers', 'ChatPluginFailing', 'ChatAssistantFailing', 'ChatSubgraphUnreachable'];
/** Refused before its execution. */
const INVALID = '{ thisFieldDoesNotExist }';

/** Prometheus scrapes once a second; the ranges of the panels stay as they are. */
const FACTOR = 20;
const PAUSE_MS = 1_000;

const queries = panels().flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

const { values, refuse } = commandLine({
  command: 'npm run dashboard:try --',
  summary: `Runs a chat of its own under Prometheus, uses it, harms it in ${ALERTS_OF_FAULTS.length} ways, and asks Prometheus the ${queries.length} queries of the
${panels().length} panels in deploy/grafana/chat.json. Prints the number of series of each. Exits with 1 if a query has no data.`,
  options: {
    seconds: { type: 'string', value: 'N', default: '180', description: 'the longest wait for data' },
  },
  details: `Takes about a minute. The first run fetches Prometheus and Alertmanager (90 MB) from Debian's packages into .cache, without installing
them.`,
});

runCommand(async () => {
  const longestMs = Number(values.seconds) * 1_000;
  if (!(longestMs > 0)) refuse('--seconds must be a number above 0.');
  await using parts = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-dashboard-'));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const chat = parts.use(await WatchedChat.start(dir));
  const { url: webhook } = parts.use(await AlertReceiver.start());
  const prometheus = await watch({ dir, targetsFile: chat.targetsFile, webhook, factor: FACTOR, parts });

  parts.defer(chat.use());
  parts.defer(chat.keep(1, PAUSE_MS, () => chat.ada.asks(INVALID)));
  for (const fault of FAULTS.filter(({ alerts }) => alerts.some((alert) => ALERTS_OF_FAULTS.includes(alert)))) {
    console.log(`${fault.name}`);
    const repair = await fault.provoke(chat);
    parts.defer(async () => void (await repair()));
  }

  const ask = () => Promise.all(queries.map(({ expr }) => seriesOf(prometheus, expr)));
  const end = performance.now() + longestMs;
  let counts = await ask();
  while (counts.includes(0) && performance.now() < end) {
    await sleep(PAUSE_MS);
    counts = await ask();
  }
  for (const [index, { title, expr }] of queries.entries())
    console.log(`${String(counts[index]).padStart(4)}  ${title}: ${expr}`);
  const empty = counts.filter((count) => count === 0).length;
  console.log(empty === 0 ? 'Each query has data.' : `${empty} queries have no data.`);
  return empty === 0 ? 0 : 1;
});
