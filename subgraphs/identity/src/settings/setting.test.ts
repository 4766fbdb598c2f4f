/** Feature flags and settings: types, validation, and propagation to all processes. */
import { Database } from '@chat/kit/database/database';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, type Redis } from '@chat/kit/redis';
import { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { createIdentity, type Identity } from '../create-identity';
import { administratorOf } from '../testing/administrator';
import { startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

const RETRIES = {
  key: 'elsewhere.retries',
  type: 'integer',
  description: 'How often.',
  minimum: 0,
  maximum: 9,
  default: 3,
} as const;

let identity: IdentityUnderTest;
let admin: Login;
let elsewhere: LiveSettings;
let database: Database;
let connections: Redis[];
beforeAll(async () => {
  identity = await startIdentity();
  admin = await administratorOf(identity);
  // Another subgraph's process.
  const log = createLogger('test', 'silent');
  const { DATABASE_URL: url, REDIS_URL, REDIS_PREFIX: prefix } = identity.config;
  database = await Database.open({ url, schema: 'elsewhere', entities: [], migrations: [], log });
  await database.ready();
  connections = [connectRedis(REDIS_URL, log), connectRedisSubscriber(REDIS_URL, log)];
  const [redis, subscriber] = connections;
  elsewhere = new LiveSettings({ fork: () => database.fork(), redis: redis!, subscriber: subscriber!, log, prefix }, [
    RETRIES,
  ]);
  await elsewhere.refresh(); // announces its definitions first
  await subscriber!.ping();
});
afterAll(async () => {
  await elsewhere[Symbol.asyncDispose]();
  await Promise.all(connections.map(closeRedis));
  await database[Symbol.asyncDispose]();
  await identity[Symbol.asyncDispose]();
});

const update = (key: string, value: unknown) =>
  identity.ask<{ updateSetting: { value: unknown } }>(
    'mutation ($key: String!, $value: JSON!) { updateSetting(key: $key, value: $value) { key value } }',
    { key, value },
    admin.accessToken,
  );
const setFlag = (key: string, enabled: boolean) =>
  identity.ask<{ setFeatureFlag: object }>(
    'mutation ($key: String!, $enabled: Boolean!) { setFeatureFlag(key: $key, enabled: $enabled) { key enabled } }',
    { key, enabled },
    admin.accessToken,
  );

test('a setting of another subgraph is listed, validated, changed, and effective there', async () => {
  const { settings } = await identity.get<{ settings: object[] }>(
    '{ settings { key value defaultValue type description } }',
    {},
    admin.accessToken,
  );
  expect(settings).toContainEqual({
    key: RETRIES.key,
    value: 3,
    defaultValue: 3,
    type: 'integer',
    description: 'How often.',
  });
  expect(elsewhere.get(RETRIES)).toBe(3);
  const changed = new Promise<void>((resolve) => elsewhere.onChange(resolve));
  expect((await update(RETRIES.key, 5)).data.updateSetting).toEqual({ key: RETRIES.key, value: 5 });
  await changed;
  expect(elsewhere.get(RETRIES)).toBe(5);
});

test.each([10, -1, 1.5, '5', true, [5]])('refuses %j for a whole number from 0 to 9', async (value) => {
  const { error } = await update(RETRIES.key, value);
  expect(error?.fields).toEqual({ value: 'value must be a whole number from 0 to 9.' });
});

test('refuses unknown settings, and flags in place of settings', async () => {
  expect((await update('elsewhere.unknown', 1)).error?.code).toBe('NOT_FOUND');
  expect((await update('registration', false)).error?.code).toBe('NOT_FOUND');
  expect((await setFlag(RETRIES.key, true)).error?.code).toBe('BAD_USER_INPUT');
  expect((await setFlag('white space', true)).error?.code).toBe('BAD_USER_INPUT');
});

test('a change is effective in its process before the answer, and in others soon after', async () => {
  await using second = await createIdentity(identity.config);
  await second.ready();
  const query = 'mutation { loginAsGuest(displayName: "G") { user { id } } }';
  const isRefused = async (process: Identity) => {
    const { errors } = await process.service.execute({ query }, { headers: identity.headers(null) });
    return errors?.[0]?.extensions['code'] === 'FORBIDDEN';
  };
  // Often enough to overlap with a poll that began before the change.
  for (let round = 0; round < 5; round++) {
    await setFlag('guests', false);
    expect(await isRefused(identity.identity)).toBe(true);
    await eventually(() => isRefused(second));
    await setFlag('guests', true);
    expect(await isRefused(identity.identity)).toBe(false);
    await eventually(async () => !(await isRefused(second)));
  }
});

test('a change is seen even if its notification is lost', async () => {
  const { DATABASE_URL: url } = identity.config;
  const client = new Client({ connectionString: url });
  await client.connect();
  const changed = new Promise<void>((resolve) => elsewhere.onChange(resolve));
  await client.query(
    `insert into identity.settings (key, value, is_flag, updated_at) values ($1, '7', false, now())
     on conflict (key) do update set value = excluded.value`,
    [RETRIES.key],
  );
  await client.end();
  await changed;
  expect(elsewhere.get(RETRIES)).toBe(7);
});

test('the environment sets the defaults, and a change overrides them', async () => {
  await using closed = await startIdentity({ GUESTS_ENABLED: 'false', PASSWORD_MIN_LENGTH: '12' });
  const { accessToken } = await administratorOf(closed);
  const guest = () => closed.ask('mutation { loginAsGuest(displayName: "G") { user { id } } }');
  expect((await guest()).error?.code).toBe('FORBIDDEN');
  const { settings } = await closed.get<{ settings: object[] }>(
    '{ settings { key value defaultValue } }',
    {},
    accessToken,
  );
  expect(settings).toContainEqual({ key: 'identity.passwordMinLength', value: 12, defaultValue: 12 });
  await closed.get('mutation { setFeatureFlag(key: "guests", enabled: true) { key } }', {}, accessToken);
  expect((await guest()).error).toBeUndefined();
});

test('flags switch their feature, and clients may create their own', async () => {
  const guest = () => identity.ask('mutation { loginAsGuest(displayName: "G") { user { id } } }');
  await setFlag('guests', false);
  const { featureFlags } = await identity.get<{ featureFlags: object[] }>('{ featureFlags { key enabled } }');
  expect(featureFlags).toContainEqual({ key: 'guests', enabled: false });
  expect((await guest()).error?.code).toBe('FORBIDDEN');
  await setFlag('guests', true);
  expect((await guest()).error).toBeUndefined();
  expect((await setFlag('new-composer', true)).data.setFeatureFlag).toEqual({ key: 'new-composer', enabled: true });
});

test('reads stop once it is closed, even during the announcement', async () => {
  const [redis, subscriber] = connections as [Redis, Redis];
  const fork = jest.fn(() => database.fork());
  const deps = {
    fork,
    redis,
    subscriber,
    log: createLogger('test', 'silent'),
    prefix: `${identity.config.REDIS_PREFIX}closed:`,
  };
  const settings = new LiveSettings(deps, [RETRIES]);
  const reading = settings.refresh();
  await settings[Symbol.asyncDispose]();
  await reading;
  expect(fork).not.toHaveBeenCalled();
});
