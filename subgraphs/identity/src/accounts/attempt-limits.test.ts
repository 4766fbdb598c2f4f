/** Limits of password guesses: by account and network, by network, and by account alone, over all processes. */
import { ApiError } from '@chat/kit/errors';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis } from '@chat/kit/redis';
import { eventually } from '@chat/kit/testing/eventually';
import { once } from 'node:events';
import { Client } from 'pg';
import { PASSWORD, startIdentity, type IdentityUnderTest } from '../testing/identity-under-test';
import { AttemptLimits } from './attempt-limits';

let identity: IdentityUnderTest;
beforeAll(async () => {
  identity = await startIdentity({
    LOGIN_ATTEMPTS_PER_ACCOUNT: '5',
    LOGIN_ATTEMPTS_PER_ACCOUNT_EVERYWHERE: '12',
  });
});
afterAll(() => identity[Symbol.asyncDispose]());

describe('guessing', () => {
  it('is refused after too many failures, in whatever form, for that account and address only', async () => {
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
    expect(result.errors).toHaveLength(1); // the first error of a non-null mutation field ends it
    for (let index = 0; index < 4; index++) await identity.login('TARGET', 'wrong guess', '198.51.100.1');
    const { error } = await identity.login('target@example.org', PASSWORD, '198.51.100.1');
    expect(error?.code).toBe('RATE_LIMITED');
    expect(error?.['retryAfterMs']).toBeGreaterThan(0);
    expect((await identity.login('bystander', PASSWORD, '198.51.100.1')).error).toBeUndefined();
    expect((await identity.login('target', PASSWORD, '198.51.100.9')).error).toBeUndefined();
  });

  it('from many addresses is refused, except for the owner on a network that the account was used from', async () => {
    await identity.register('owner'); // from 192.0.2.1
    await identity.login('owner', PASSWORD, '2001:db8:7:7::1');
    for (let index = 0; index < 12; index++)
      expect((await identity.login('owner', 'wrong guess', `203.0.113.${index}`)).error?.code).toBe('UNAUTHENTICATED');
    expect((await identity.login('owner', PASSWORD, '203.0.113.200')).error?.code).toBe('RATE_LIMITED');
    expect((await identity.login('owner', PASSWORD, '192.0.2.1')).error).toBeUndefined();
    expect((await identity.login('owner@example.org', PASSWORD, '2001:db8:7:7::2')).error).toBeUndefined();
    expect((await identity.login('owner', PASSWORD, '203.0.113.201')).error?.code).toBe('RATE_LIMITED');
    for (let index = 0; index < 5; index++) await identity.login('owner', 'wrong guess', '192.0.2.1');
    expect((await identity.login('owner', PASSWORD, '192.0.2.1')).error?.code).toBe('RATE_LIMITED');
  });

  it('is counted one by one if it is concurrent', async () => {
    await identity.register('parallel');
    const answers = await Promise.all(Array.from({ length: 8 }, () => identity.login('parallel', 'wrong guess')));
    const codes = answers.map(({ error }) => error!.code).sort();
    expect(codes).toEqual([...Array<string>(3).fill('RATE_LIMITED'), ...Array<string>(5).fill('UNAUTHENTICATED')]);
  });

  it('from one address is refused for all accounts by all processes, and allowed elsewhere', async () => {
    const { REDIS_URL, REDIS_PREFIX } = identity.config;
    const redis = connectRedis(REDIS_URL, createLogger('test', 'silent'));
    await once(redis, 'ready');
    const options = { perAccount: 100, perAddress: 3, newPerAddress: 2 };
    const [one, another] = [1, 2].map(() => new AttemptLimits(redis, `${REDIS_PREFIX}addresses:`, options)) as [
      AttemptLimits,
      AttemptLimits,
    ];
    const guess = (limits: AttemptLimits, account: string, address: string, isRight = false) =>
      limits
        .guess({ identifier: account }, address, () =>
          isRight ? Promise.resolve('in') : Promise.reject(new Error('wrong')),
        )
        .catch((error: Error) => (error instanceof ApiError ? error.code : error.message));
    const [mine, neighbour] = ['2001:db8::1', '2001:db8::2'];
    expect(await guess(one, 'a', mine)).toBe('wrong');
    expect(await guess(another, 'b', neighbour)).toBe('wrong');
    expect(await guess(one, 'c', mine, true)).toBe('in'); // a right password is given back
    expect(await guess(another, 'd', mine)).toBe('wrong');
    expect(await guess(one, 'e', neighbour, true)).toBe('RATE_LIMITED');
    expect(await guess(one, 'e', '2001:db8:0:1::1', true)).toBe('in');
    await one.create(mine);
    await another.create(neighbour);
    await expect(one.create(mine)).rejects.toThrow('Too many attempts');
    await closeRedis(redis);
  });

  it('is counted by each process alone while Redis does not answer', async () => {
    const away = connectRedis('redis://127.0.0.1:1', createLogger('test', 'silent'));
    const limits = new AttemptLimits(away, '', { perAccount: 2, perAddress: 100, newPerAddress: 100 });
    const guess = () =>
      limits
        .guess({ identifier: 'a' }, null, () => Promise.reject(new Error('wrong')))
        .catch((error: Error) => error.message);
    expect([await guess(), await guess()]).toEqual(['wrong', 'wrong']);
    expect(await guess()).toMatch('Too many attempts');
    await closeRedis(away);
  });

  it('starts from zero after a right password', async () => {
    await identity.register('forgetful');
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 4; index++) await identity.login('forgetful', 'wrong guess');
      expect((await identity.login('forgetful', PASSWORD)).error).toBeUndefined();
    }
  });

  it('counts only wrong passwords while the database is at fault', async () => {
    await identity.register('sailor');
    await identity.register('guessed');
    const client = new Client({ connectionString: identity.config.DATABASE_URL });
    await client.connect();
    const setReadOnly = async (isReadOnly: boolean) => {
      const { rows } = await client.query<{ name: string }>('select quote_ident(current_database()) as name');
      await client.query(`alter database ${rows[0]!.name} set default_transaction_read_only = ${isReadOnly}`);
      await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    };
    const codesOf = async (name: string, password: string) => {
      const codes: (string | undefined)[] = [];
      for (let index = 0; index < 8; index++)
        codes.push((await identity.login(name, password, '198.51.100.20')).error?.code);
      return codes;
    };
    await setReadOnly(true);
    expect(await codesOf('sailor', PASSWORD)).toEqual(Array(8).fill('SERVICE_UNAVAILABLE'));
    expect((await codesOf('guessed', 'wrong guess')).slice(5)).toEqual(Array(3).fill('RATE_LIMITED'));
    await client.query('set default_transaction_read_only = off');
    await setReadOnly(false);
    await client.end();
    await eventually(async () => !(await identity.login('sailor', PASSWORD)).error);
    expect((await identity.login('guessed', PASSWORD, '198.51.100.20')).error?.code).toBe('RATE_LIMITED');
  });

  it('at an unknown name that equals the id of an account does not count for that account', async () => {
    const { id } = await identity.register('namesake');
    for (let index = 0; index < 5; index++) await identity.login(id, 'wrong guess');
    expect((await identity.login(id, PASSWORD)).error?.code).toBe('RATE_LIMITED');
    expect((await identity.login('namesake', PASSWORD)).error).toBeUndefined();
  });

  it.each(['25006', '53100', '53200', '57014', '57P03', '08006', 'ETIMEDOUT', '40P01'])(
    'gives the attempt back on %s, from the account and the address',
    async (code) => {
      const redis = connectRedis(identity.config.REDIS_URL, createLogger('test', 'silent'));
      await once(redis, 'ready');
      const prefix = `${identity.config.REDIS_PREFIX}${code}:`;
      const limits = new AttemptLimits(redis, prefix, { perAccount: 2, perAddress: 2, newPerAddress: 2 });
      const fail = () => Promise.reject(Object.assign(new Error('no'), { code }));
      for (let index = 0; index < 4; index++)
        await expect(limits.guess({ identifier: 'a' }, '192.0.2.7', fail)).rejects.toThrow('no');
      await expect(limits.guess({ identifier: 'a' }, '192.0.2.7', () => Promise.resolve('in'))).resolves.toBe('in');
      await closeRedis(redis);
    },
  );

  it('from a refused address uses no attempt of the account', async () => {
    const redis = connectRedis(identity.config.REDIS_URL, createLogger('test', 'silent'));
    const prefix = `${identity.config.REDIS_PREFIX}refused:`;
    const limits = new AttemptLimits(redis, prefix, { perAccount: 3, perAddress: 1, newPerAddress: 2 });
    const wrong = () => Promise.reject(new Error('wrong'));
    await expect(limits.guess({ identifier: 'other' }, '192.0.2.8', wrong)).rejects.toThrow('wrong');
    for (let index = 0; index < 5; index++)
      await expect(limits.guess({ identifier: 'owner' }, '192.0.2.8', wrong)).rejects.toThrow('Too many attempts');
    await expect(limits.guess({ identifier: 'owner' }, '192.0.2.9', () => Promise.resolve('in'))).resolves.toBe('in');
    await closeRedis(redis);
  });
});
