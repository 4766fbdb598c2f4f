/**
 * `npm run alerts:try`: the alerts of deploy/ on a real system. Prometheus and Alertmanager watch a running chat, which is harmed in one way
 * after the other. Each alert must reach a webhook in time, and be resolved after the repair.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlertReceiver } from './monitoring/alert-receiver';
import { FAULTS } from './monitoring/alert-faults';
import { alerts } from './monitoring/monitoring-files';
import { durationOf, shortenedFor } from './monitoring/time-scale';
import { watch } from './monitoring/watch';
import { WatchedChat } from './monitoring/watched-chat';

const TRIED = FAULTS.flatMap((fault) => fault.alerts);

const { values, positionals, refuse } = commandLine({
  command: 'npm run alerts:try --',
  summary: `Runs a chat of its own under Prometheus and Alertmanager with the files of deploy/, and checks that no alert comes in quiet operation.
Then harms it in ${FAULTS.length} ways, one after the other. ${TRIED.length} of ${alerts().length} alerts must reach a webhook within twice their \`for\`, and be
resolved after the repair. Exits with 1 otherwise.`,
  arguments: [
    {
      name: 'ALERT',
      description: 'only the faults that cause these alerts',
      choices: TRIED,
      isOptional: true,
      isRepeated: true,
    },
  ],
  options: {
    'quiet-minutes': {
      type: 'string',
      value: 'N',
      default: '1',
      description: 'time of ordinary use without a fault before the first one',
    },
    factor: {
      type: 'string',
      value: 'N',
      default: '20',
      description:
        'divides all durations of the files, but an alert waits for a minute at most; thresholds stay. With 1, all is as in production; otherwise the range of a rule counts as well, since scrapes do not shrink enough',
    },
    'no-faults': { type: 'boolean', description: 'ends after the quiet time' },
  },
  details: `Takes about ten minutes, and with factor 1 about four hours: run several at once, each with other alerts. The first run fetches Prometheus and Alertmanager (90 MB) from Debian's packages into .cache, without installing
them; Alertmanager needs bubblewrap. All alerts are also tested by npm run monitoring, with recorded values.`,
});

/** Scrapes, evaluations and Alertmanager's own waits, which do not shrink with the factor, in milliseconds. */
const GRACE_MS = 20_000;
const LOOK_MS = 200;
/** The longest wait for the end of an alert that an earlier fault has left, in milliseconds. */
const LEFT_OVER_MS = 300_000;

runCommand(async () => {
  const quietMs = Number(values['quiet-minutes']) * 60_000;
  if (!(quietMs >= 0)) refuse('--quiet-minutes must be a number from 0.');
  const factor = Number(values.factor);
  if (!(factor >= 1)) refuse('--factor must be a number from 1.');
  await using parts = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-alerts-'));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const chat = parts.use(await WatchedChat.start(dir));
  const receiver = parts.use(await AlertReceiver.start());
  await watch({ dir, targetsFile: chat.targetsFile, webhook: receiver.url, factor, parts });
  print(`Prometheus and Alertmanager watch the chat; all durations are divided by ${factor}`);

  const problems: string[] = [];
  const states = (alert: string) =>
    [...receiver.states].filter(([name]) => name.endsWith(` ${alert}`)).map(([, state]) => state);
  const reaches = async (alert: string, state: 'firing' | 'resolved', withinMs: number) => {
    const began = performance.now();
    while (!states(alert).includes(state) && performance.now() - began < withinMs) await sleep(LOOK_MS);
    return states(alert).includes(state) ? `${((performance.now() - began) / 1000).toFixed(1)} s` : undefined;
  };

  const stopUse = chat.use();
  await sleep(quietMs);
  problems.push(...[...receiver.states.keys()].map((name) => `${name} came in quiet operation`));
  print(`${quietMs / 60_000} quiet minutes: ${receiver.states.size} alerts; load ${loadavg()[0]!.toFixed(1)}`);

  const wanted = positionals.length > 0 ? positionals : TRIED;
  const faults = values['no-faults']
    ? []
    : FAULTS.filter((fault) => fault.alerts.some((alert) => wanted.includes(alert)));
  for (const fault of faults) {
    // An earlier fault may have caused it as well.
    for (const alert of fault.alerts)
      if (states(alert).includes('firing')) await reaches(alert, 'resolved', LEFT_OVER_MS);
    const repair = await fault.provoke(chat);
    print(`${fault.name}:`);
    const results = fault.alerts.map(async (alert) => {
      const rule = alerts().find((found) => found.alert === alert)!;
      const rangeMs = Math.max(0, ...[...rule.expr.matchAll(/\[(\d+[smh])\]/g)].map(([, range]) => durationOf(range!)));
      const extraMs = factor === 1 ? 0 : rangeMs / factor + GRACE_MS;
      const firing = await reaches(alert, 'firing', 2 * shortenedFor(rule.for, factor) + extraMs);
      return { alert, rangeMs, forMs: shortenedFor(rule.for, factor), firing };
    });
    const fired = await Promise.all(results);
    await repair();
    for (const { alert, rangeMs, forMs, firing } of fired) {
      const resolved = firing && (await reaches(alert, 'resolved', rangeMs / factor + forMs + 6 * GRACE_MS));
      print(
        `  ${alert} (for ${forMs / 1000} s) fired after ${firing ?? '-'}, resolved ${resolved ?? '-'} after the repair`,
      );
      if (!firing) problems.push(`${alert} did not fire`);
      else if (!resolved) problems.push(`${alert} was not resolved`);
    }
  }
  await stopUse();
  print(`All that came: ${[...receiver.states.keys()].join(', ')}`);
  print(problems.join('\n') || 'Each alert fired, and was resolved.');
  return problems.length === 0 ? 0 : 1;
});

function print(line: string): void {
  console.log(line);
}
