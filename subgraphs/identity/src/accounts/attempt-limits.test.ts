/** How guessing passwords is slowed down: by account, by address, over all processes. */
import { ApiError } from '@chat/kit/errors';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis } from '@chat/kit/redis';
import { PASSWORD, startIdentity, type IdentityUnderTest } from '../testing/identity-under-test';
import { AttemptLimits } from './attempt-limits';

let identity: IdentityUnderTest;
beforeAll(async () => {
  identity = await startIdentity({ LOGIN_ATTEMPTS_PER_ACCOUNT: '5' });
});
afterAll(() => identity[Symbol.asyncDispose]());

describe('guessing', () => {
  it('is refused after too many wrong ones, however they come and from wherever, and only for that account', async () => {
    await identity.register('target');
    await identity.register('bystander');
    const attempts = Array.from({ length: 8 }, (_, index) => `a${index}: login(input: $input) { accessToken }`);
    const result = await identity.identity.service.execute(
      {
        query: `mutation ($input: LoginInput!) { ${attempts.join(' ')} }`,
        variables: { input: { identifier: 'target', password: 'wrong guess' } },
      },
      { headers: identity.headers(null, '198.51.100.1') },
    );
    expect(result.errors).toHaveLength(1); // the first error of a mutation that is not nullable ends it
    for (let index = 0; index < 4; index++) await identity.login('TARGET', 'wrong guess', `198.51.100.${index + 2}`);
    const { error } = await identity.login('target@example.org', PASSWORD, '198.51.100.9');
    expect(error?.code).toBe('RATE_LIMITED');
    expect(error?.['retryAfterMs']).toBeGreaterThan(0);
    expect((await identity.login('bystander', PASSWORD, '198.51.100.1')).error).toBeUndefined();
  });

  it('that comes at the same moment is counted one by one', async () => {
    await identity.register('parallel');
    const answers = await Promise.all(Array.from({ length: 8 }, () => identity.login('parallel', 'wrong guess')));
    const codes = answers.map(({ error }) => error!.code).sort();
    expect(codes).toEqual([...Array<string>(3).fill('RATE_LIMITED'), ...Array<string>(5).fill('UNAUTHENTICATED')]);
  });

  it('from one address is refused whatever the account, by all processes, and elsewhere it goes on', async () => {
    const { REDIS_URL, REDIS_PREFIX } = identity.config;
    const redis = connectRedis(REDIS_URL, createLogger('test', 'silent'));
    const options = { perAccount: 100, perAddress: 3, newPerAddress: 2 };
    const [one, another] = [1, 2].map(() => new AttemptLimits(redis, `${REDIS_PREFIX}addresses:`, options)) as [
      AttemptLimits,
      AttemptLimits,
    ];
    const guess = (limits: AttemptLimits, account: string, address: string, isRight = false) =>
      limits
        .guess(account, address, () => (isRight ? Promise.resolve('in') : Promise.reject(new Error('wrong'))))
        .catch((error: Error) => (error instanceof ApiError ? error.code : error.message));
    const [mine, neighbour] = ['2001:db8::1', '2001:db8::2'];
    expect(await guess(one, 'a', mine)).toBe('wrong');
    expect(await guess(another, 'b', neighbour)).toBe('wrong');
    expect(await guess(one, 'c', mine, true)).toBe('in'); // what is right is given back
    expect(await guess(another, 'd', mine)).toBe('wrong');
    expect(await guess(one, 'e', neighbour, true)).toBe('RATE_LIMITED');
    expect(await guess(one, 'e', '2001:db8:0:1::1', true)).toBe('in');
    await one.create(mine);
    await another.create(neighbour);
    await expect(one.create(mine)).rejects.toThrow('Too many attempts');
    await closeRedis(redis);
  });

  it('is counted by each process for itself while Redis is away', async () => {
    const away = connectRedis('redis://127.0.0.1:1', createLogger('test', 'silent'));
    const limits = new AttemptLimits(away, '', { perAccount: 2, perAddress: 100, newPerAddress: 100 });
    const guess = () =>
      limits.guess('a', null, () => Promise.reject(new Error('wrong'))).catch((error: Error) => error.message);
    expect([await guess(), await guess()]).toEqual(['wrong', 'wrong']);
    expect(await guess()).toMatch('Too many attempts');
    await closeRedis(away);
  });

  it('starts from zero after the right one', async () => {
    await identity.register('forgetful');
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 4; index++) await identity.login('forgetful', 'wrong guess');
      expect((await identity.login('forgetful', PASSWORD)).error).toBeUndefined();
    }
  });
});
