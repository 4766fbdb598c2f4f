/** Beats of access changes, and how long a gateway relies on them. */
import { createLogger } from '@chat/kit/logging';
import { newId } from '@chat/kit/ids';
import { closeRedis, connectRedis, connectRedisSubscriber } from '@chat/kit/redis';
import { eventually } from '@chat/kit/testing/eventually';
import { testRedisUrl } from '@chat/kit/testing/test-redis';
import { AccessBeats, AccessBeatWriter } from './access-beats';

const log = createLogger('test', 'silent');

test('a beat states a time that is not later than its look for changes, with one question to Redis', async () => {
  await using parts = new AsyncDisposableStack();
  const redis = parts.adopt(connectRedis(testRedisUrl(), log), closeRedis);
  using writer = new AccessBeatWriter(redis, 'source', `${newId()}:`);
  const clock = async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1000 + Number(microseconds) / 1000;
  };
  for (let beat = 0; beat < 20; beat++) {
    const moment = await writer.present();
    const now = await clock();
    expect(moment).toBeLessThanOrEqual(now + 1); // the drift of the clocks between two beats
    await writer.beat(moment);
  }
  const asked = jest.spyOn(redis, 'time');
  await writer.present();
  expect(asked).not.toHaveBeenCalled();
  redis.disconnect(true); // another server may answer next
  await eventually(async () => redis.status === 'ready' && (await redis.ping()) === 'PONG');
  await writer.present();
  expect(asked).toHaveBeenCalledTimes(1);
});

test('a gateway relies on a beat for 0.6 s, and on none while the connection is lost', async () => {
  await using parts = new AsyncDisposableStack();
  const prefix = `${newId()}:`;
  const redis = parts.adopt(connectRedis(testRedisUrl(), log), closeRedis);
  const subscriber = parts.adopt(connectRedisSubscriber(testRedisUrl(), log, { pulseMs: 100 }), closeRedis);
  const beats = parts.use(new AccessBeats(redis, subscriber, log, prefix));
  using writer = new AccessBeatWriter(redis, 'source', prefix);
  const beat = async () => writer.beat(await writer.present());
  await eventually(async () => {
    await beat();
    const ms = beats.currentMs('source');
    return ms > 0 && ms < Infinity; // which it is before the first beat
  });
  expect(beats.currentMs('source')).toBeLessThanOrEqual(600);
  expect(beats.currentMs('uninstalled')).toBe(Infinity);
  expect(beats.currentMsOfAll()).toBeLessThanOrEqual(600);
  await eventually(() => beats.currentMsOfAll() === 0, 'the end of the last beat');
  expect(beats.currentMsOfAll('source')).toBe(600);
  await eventually(async () => {
    await beat();
    return beats.currentMsOfAll() > 0;
  });
  subscriber.disconnect(true);
  await eventually(() => beats.currentMsOfAll() === 0);
});
