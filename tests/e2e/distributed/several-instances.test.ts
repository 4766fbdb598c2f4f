/** Two instances of a subgraph behind one gateway, as real processes: a rolling restart and a crash, under requests and a subscription. */
import { eventually } from '@chat/kit/testing/eventually';
import { createTestDatabase, type TestDatabase } from '@chat/kit/testing/test-database';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { TestProcess } from '@chat/kit/testing/test-process';
import { RemotePerson } from '../../harness/remote-person';

const ADDED = `subscription ($channelId: ID!, $after: String) {
  messageAdded(channelId: $channelId, after: $after) { body }
}`;
const READ = 'query ($id: ID!) { channel(id: $id) { name } }';

let database: TestDatabase;
let processes: AsyncDisposableStack;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase('several-instances', async () => undefined);
  processes = new AsyncDisposableStack();
  env = {
    DATABASE_URL: database.url,
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: testRedisPrefix(),
    SECRET_KEY: 'a secret of the end-to-end tests, 32 characters',
    RATE_LIMIT_PER_MINUTE: '0',
    BCRYPT_COST: '4',
    PORT: '0',
  };
});
afterAll(async () => {
  await processes.disposeAsync();
  await database[Symbol.asyncDispose]();
});

const start = (script: string, more: Record<string, string> = {}) =>
  processes.use(new TestProcess({ args: [script], env: { ...env, ...more } }));

async function startSubgraph(name: string, more: Record<string, string> = {}) {
  const subgraph = start(`subgraphs/${name}/src/main.ts`, more);
  const [, url] = await subgraph.waitFor(/"url":"([^"]+)","msg":"listening"/);
  await subgraph.waitFor(/"msg":"ready"/);
  return { subgraph, url: url! };
}

test('requests and subscriptions outlive the restart and the crash of an instance', async () => {
  const [identity, first, second] = await Promise.all([
    startSubgraph('identity'),
    startSubgraph('messaging'),
    startSubgraph('messaging'),
  ]);
  const gateway = start('gateway/src/main.ts', {
    SUBGRAPH_URLS: `identity=${identity.url},messaging=${first.url},messaging=${second.url}`,
    TOKEN_INTROSPECTION_URL: identity.url,
  });
  const [, url] = await gateway.waitFor(/"url":"([^"]+)","msg":"listening"/);
  expect(gateway.output).toContain(
    `"subgraph":"messaging","urls":["${first.url}","${second.url}"],"from":"SUBGRAPH_URLS","msg":"subgraph"`,
  );
  const origin = new URL(url!).origin;
  const instances = async (state: string) => {
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    return Number(
      new RegExp(`gateway_subgraph_instances\\{subgraph="messaging",state="${state}"\\} (\\d)`).exec(metrics)?.[1],
    );
  };
  await eventually(async () => (await instances('ready')) === 2);

  await using ada = await RemotePerson.registers(url!, 'ada');
  const { channelId, cursor: after } = await ada.opens();
  const listening = await ada.follows<{ messageAdded: { body: string } }>(ADDED, { channelId, after });
  let sent = 0;
  const work = async () => {
    await ada.does(READ, { id: channelId });
    await ada.sends(channelId, String(++sent));
  };
  const workUntil = async (condition: () => Promise<boolean>) => {
    do await work();
    while (!(await condition()));
  };
  await eventually(async () => {
    await work();
    return first.subgraph.output.includes('"msg":"operation"') && second.subgraph.output.includes('"msg":"operation"');
  });

  // A restart: the instance says that it drains, and no request fails.
  first.subgraph.signal('SIGTERM');
  let isOver = false;
  void first.subgraph.exited.then(() => (isOver = true));
  await workUntil(async () => isOver);
  expect(await instances('ejected')).toBe(1);
  await Promise.all([
    startSubgraph('messaging', { PORT: new URL(first.url).port }),
    gateway.waitFor(/"msg":"an instance of a subgraph is back"/),
  ]);
  await eventually(async () => (await instances('ready')) === 2);
  await work();

  // A crash: queries go to the other instance. A mutation in flight may be lost with it, so none is sent meanwhile.
  second.subgraph.signal('SIGKILL');
  await second.subgraph.exited;
  for (let time = 0; time < 20; time++) await ada.does(READ, { id: channelId });
  await eventually(async () => (await instances('ejected')) === 1);
  for (let time = 0; time < 5; time++) await work();

  const bodies = (await listening.take(sent)).map(({ messageAdded }) => messageAdded.body);
  expect(bodies).toEqual(Array.from({ length: sent }, (_, index) => String(index + 1)));
}, 180_000);
