/** Feature flags and settings: typed, validated, and the same in all processes soon after. */
import { Database } from '@chat/kit/database/database';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, type Redis } from '@chat/kit/redis';
import { LiveSettings } from '@chat/kit/settings/live-settings';
import { administratorOf } from '../testing/administrator';
import { eventually } from '../testing/eventually';
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
  await elsewhere.refresh(); // which announces first
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

test('a setting that another subgraph has announced is listed, validated, changed, and seen there', async () => {
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

test('refuses unknown settings, and flags where settings belong', async () => {
  expect((await update('elsewhere.unknown', 1)).error?.code).toBe('NOT_FOUND');
  expect((await update('registration', false)).error?.code).toBe('NOT_FOUND');
  expect((await setFlag(RETRIES.key, true)).error?.code).toBe('BAD_USER_INPUT');
  expect((await setFlag('white space', true)).error?.code).toBe('BAD_USER_INPUT');
});

test('flags switch what they say, and clients may bring their own', async () => {
  const guest = () => identity.ask('mutation { loginAsGuest(displayName: "G") { user { id } } }');
  await setFlag('guests', false);
  await identity.get('{ featureFlags { key } }'); // any request: the flag is read from memory
  const { featureFlags } = await identity.get<{ featureFlags: object[] }>('{ featureFlags { key enabled } }');
  expect(featureFlags).toContainEqual({ key: 'guests', enabled: false });
  await eventually(async () => (await guest()).error?.code === 'FORBIDDEN');
  await setFlag('guests', true);
  await eventually(async () => (await guest()).error === undefined);
  expect((await setFlag('new-composer', true)).data.setFeatureFlag).toEqual({ key: 'new-composer', enabled: true });
});
