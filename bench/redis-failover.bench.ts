// cspell:words sdown
/**
 * The silence of Redis after its master was killed: from the kill until a write succeeds and until a published message arrives, through
 * connections of this project. Two servers and three Sentinels on this machine, with `down-after-milliseconds` 1000.
 */
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, listen } from '@chat/kit/redis';
import { startRedisSentinels } from '@chat/kit/testing/redis-sentinels';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { numberOptions } from './harness/options';
import { heading, spread } from './harness/report';

/** Between two attempts of a write, in milliseconds. */
const ATTEMPT_MS = 20;

/** The lines of a Sentinel's log that say what became of an election. */
const ELECTION =
  /\+(sdown|odown|new-epoch|try-failover|elected-leader|switch-master|vote)|-failover-abort|Next failover/;

async function main(): Promise<void> {
  const {
    repeat,
    'failover-timeout': failoverTimeoutMs,
    slow,
  } = numberOptions({
    repeat: 10,
    'failover-timeout': 3_000,
    slow: 4_000,
  });
  const dir = await mkdtemp(join(tmpdir(), 'chat-failover-'));
  await using parts = new AsyncDisposableStack();
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const log = createLogger('bench', 'silent');
  const sentinels = parts.use(await startRedisSentinels(dir, failoverTimeoutMs));
  const redis = parts.adopt(connectRedis(sentinels.url, log), closeRedis);
  const subscriber = parts.adopt(connectRedisSubscriber(sentinels.url, log), closeRedis);
  let heard = -1;
  const deaf = listen(
    subscriber,
    'bench',
    (text) => (heard = Number(text)),
    () => undefined,
  );
  parts.defer(deaf);

  const writes: number[] = [];
  const messages: number[] = [];
  for (let round = 0; round < repeat; round++) {
    const read = await Promise.all(sentinels.logs.map(async (file) => (await readFile(file, 'utf8')).length));
    await sentinels.killMaster();
    const killed = performance.now();
    let written = 0;
    while (heard < round) {
      const isWritten = await redis.set('key', round).then(
        () => true,
        () => false,
      );
      if (isWritten) {
        written ||= performance.now() - killed;
        await redis.publish('bench', String(round)).catch(() => undefined);
      }
      await pause(ATTEMPT_MS);
    }
    writes.push(written);
    messages.push(performance.now() - killed);
    console.log(`round ${round + 1}: write ${Math.round(written)} ms, message ${Math.round(messages.at(-1)!)} ms`);
    if (messages.at(-1)! > slow) {
      for (const [index, file] of sentinels.logs.entries()) {
        const lines = (await readFile(file, 'utf8')).slice(read[index]).split('\n');
        console.log(`sentinel ${index}:\n${lines.filter((line) => ELECTION.test(line)).join('\n')}`);
      }
    }
    await sentinels.restartKilled();
  }
  console.log(
    heading('Silence of Redis after a kill of its master', `failover-timeout ${failoverTimeoutMs} ms, ${repeat} kills`),
  );
  console.log(`until a write succeeds: ${spread(writes)} ms\nuntil a message arrives: ${spread(messages)} ms`);
}

void main();
