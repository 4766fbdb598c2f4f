/**
 * The primary is killed while people write, and its synchronous replica is promoted, by the steps of docs/operations/high-availability.md:
 * no acknowledged message is lost, and none that is sent again is there twice. Before that, the replica takes reads.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { eventually } from '@chat/kit/testing/eventually';
import { REPLICA, startReplica } from '@chat/kit/testing/postgres-replica';
import { sql } from '@chat/kit/testing/sql';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { TestProcess } from '@chat/kit/testing/test-process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as backOff } from 'node:timers/promises';
import { startChat } from '../../harness/chat';
import { RemotePerson } from '../../harness/remote-person';

const SENDERS = 4;
/** Messages that are acknowledged before the primary is killed, and again after the promotion. */
const BEFORE = 40;
const AFTER = 40;
/** Between a refused attempt and the next, in milliseconds. */
const RETRY_MS = 50;

const HISTORY = `query ($id: ID!, $before: String) {
  channel(id: $id) { messages(last: 100, before: $before) { edges { cursor node { body } } pageInfo { hasPreviousPage } } }
}`;
const FOUND = `query ($query: String!) { searchMessages(query: $query, first: 50) { edges { node { message { body } } } } }`;

const started = new AsyncDisposableStack();
afterAll(() => started.disposeAsync(), 60_000);

test('no acknowledged message is lost with the primary, and none is there twice', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-promotion-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const folders = { primary: join(dir, 'primary'), replica: join(dir, 'replica') };
  const primary = started.use(await startPostgres({ dir: folders.primary, isThrowaway: true }));
  const replica = started.use(await startReplica(primary, folders.primary, folders.replica));
  await sql(primary.url, `alter system set synchronous_standby_names = '${REPLICA}'`);
  await sql(primary.url, 'select pg_reload_conf()');
  const address = started.use(await TcpProxy.start(primary.url));
  const chat = started.use(
    await startChat({
      DATABASE_URL: address.url,
      DATABASE_REPLICA_URLS: replica.url,
      DATA_DIR: join(dir, 'data'),
      RATE_LIMIT_PER_MINUTE: '0',
    }),
  );
  const ada = started.use(await RemotePerson.registers(chat.url, 'ada'));
  const { channelId } = await ada.opens();
  const replicaReads = async (server: string) => {
    const reads = new RegExp(`^subgraph_replica_reads_total.*server="${server}".*subgraph="messaging".* (\\d+)$`, 'm');
    const counts = (await chat.metrics()).map((page) => Number(reads.exec(page)?.[1] ?? 0));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  // Reads of a viewer see the viewer's own last write, wherever they go.
  await eventually(async () => {
    const body = `walrus${Math.random().toString(36).slice(2)}`;
    await ada.sends(channelId, body);
    const { channel } = await ada.does(HISTORY, { id: channelId });
    expect(channel.messages.edges.at(-1).node.body).toBe(body);
    const { searchMessages } = await ada.does(FOUND, { query: body });
    expect(searchMessages.edges).toHaveLength(1);
    return (await replicaReads('replica')) >= 2;
  }, 'reads from the replica');

  const acknowledged: string[] = [];
  let isOver = false;
  const send = async (sender: number) => {
    for (let number = 0; !isOver; number++) {
      const body = `message ${number} of sender ${sender}`;
      const operation = { input: { channelId, body, clientMutationId: body } };
      const text = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
      for (;;) {
        const { errors } = await ada.asks(text, operation);
        if (!errors) break;
        expect(errors[0]!.extensions?.['code']).toBe('SERVICE_UNAVAILABLE');
        await backOff(RETRY_MS);
      }
      acknowledged.push(body);
    }
  };
  const sending = Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
  await eventually(() => acknowledged.length >= BEFORE, 'messages before the kill');

  const promote = async () => {
    const env = { DATABASE_URL: primary.url, DATABASE_REPLICA_URLS: replica.url };
    await using command = new TestProcess({ args: ['scripts/promote.ts'], env });
    return { ...(await command.exited), output: command.output };
  };
  expect(await promote()).toMatchObject({ code: 1, output: expect.stringMatching(/accepts writes\. Two primaries/) });
  await primary.kill();
  const atKill = acknowledged.length;
  expect(await promote()).toMatchObject({
    code: 0,
    output: expect.stringMatching(/promoted in \d+ ms[^]*DATABASE_URL/),
  });
  const promotedAt = performance.now();
  address.forwardTo(replica.url);
  address.cut();
  await eventually(() => acknowledged.length > atKill + SENDERS, 'messages after the promotion');
  process.stdout.write(`written again ${Math.round(performance.now() - promotedAt)} ms after the promotion\n`);
  await eventually(() => acknowledged.length >= atKill + AFTER, 'further messages');
  isOver = true;
  await sending;

  const kept: string[] = [];
  for (let before: string | undefined; ;) {
    const { messages } = (await ada.does(HISTORY, { id: channelId, before })).channel;
    kept.push(...messages.edges.map(({ node }: { node: { body: string } }) => node.body));
    if (!messages.pageInfo.hasPreviousPage) break;
    before = messages.edges[0].cursor;
  }
  expect(kept.filter((body) => body.startsWith('message')).sort()).toEqual(acknowledged.sort());
}, 180_000);
