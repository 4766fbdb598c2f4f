/** Processes with equal and different secrets in one Redis, through a change of the secret and after the death of one. */
import { createLogger } from '../logging';
import { inTime } from '../testing/eventually';
import { TcpProxy } from '../testing/tcp-proxy';
import { testRedisPrefix, testRedisUrl } from '../testing/test-redis';
import type { Secret } from './derived-keys';
import { KeyAgreement, type KeyAgreementOptions } from './key-agreement';

const [OLD, NEW] = ['the former secret of this installation', 'the coming secret of this installation'];
const log = createLogger('test', 'silent');
/** Long enough for a renewal on a busy machine. */
const LEASE_MS = 1_500;

function installation(redisUrl = testRedisUrl()) {
  const redisPrefix = testRedisPrefix();
  return (component: string, secret: Secret, more: Partial<KeyAgreementOptions> = {}) =>
    KeyAgreement.join({ redisUrl, redisPrefix, secret, component, log, leaseMs: LEASE_MS, ...more });
}

test('a process with another key does not start, and the message names what to do; the others go on', async () => {
  const join = installation();
  await using _gateway = await join('gateway', OLD);
  await using _messaging = await join('messaging', OLD);
  await expect(join('identity', NEW)).rejects.toThrow(
    /^SECRET_KEY differs from that of (gateway|messaging) on .*\. Give both the same SECRET_KEY\. .*SECRET_KEY_FALLBACKS/,
  );
  await using _identity = await join('identity', OLD);
});

test('each stage of a change of the key runs beside the one before, and none can be skipped', async () => {
  const join = installation();
  const stages: Secret[] = [OLD, [OLD, NEW], [NEW, OLD], NEW];
  let before = await join('process', stages[0]!);
  for (const stage of stages.slice(1)) {
    const after = await join('process', stage);
    await before[Symbol.asyncDispose]();
    before = after;
  }
  await using _last = before;
  await expect(join('process', [OLD, NEW])).rejects.toThrow('SECRET_KEY differs');
});

test('the keys of a killed process count until its lease expires', async () => {
  const join = installation();
  const killed = await join('gateway', OLD);
  jest.spyOn(killed as unknown as { claim: () => Promise<undefined> }, 'claim').mockResolvedValue(undefined);
  await using _next = await join('gateway', NEW);
  await killed[Symbol.asyncDispose]();
});

test('a start while Redis is away is no failure; other keys are noticed when it is back', async () => {
  await using proxy = await TcpProxy.start(testRedisUrl());
  const join = installation();
  await using _right = await join('gateway', OLD);
  const { promise: refused, resolve: onRefused } = Promise.withResolvers<Error>();
  await proxy.refuse();
  await using _wrong = await join('messaging', NEW, { redisUrl: proxy.url, onRefused });
  await proxy.accept();
  expect((await inTime('the refusal', refused)).message).toContain('SECRET_KEY differs from that of gateway');
});
