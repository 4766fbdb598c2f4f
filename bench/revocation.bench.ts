/**
 * The time until a subscription ends after its session or its grant was revoked. Two gateways, each with its own subgraph
 * processes: the subscription is live at one, and the mutation goes to the other.
 */
import { startTestServices } from '@chat/kit/testing/services';
import { numberOptions } from './harness/options';
import { heading, spread } from './harness/report';
import { startDistributed } from '../tests/harness/distributed';
import { follow, request, type Followed } from './load/follower';

const PASSWORD = 'violet tractor gymnast';
const ADMIN_PASSWORD = 'seven copper kettles';

interface Session {
  accessToken: string;
  user: { id: string };
}

/** Milliseconds until the end of the subscription. */
interface Taken {
  sinceAnswer: number;
  sinceRequest: number;
}

async function main(): Promise<void> {
  const { repeat } = numberOptions({ repeat: 30 });
  await using services = await startTestServices();
  await using system = await startDistributed({
    databaseUrl: services.postgres.url,
    redisUrl: services.redis.url,
    redisPrefix: 'bench:',
    copies: 2,
    env: { NODE_ENV: 'production', ADMIN_PASSWORD },
  });
  const [here, there] = system.urls as [string, string];
  const admin = await login(here, 'admin', ADMIN_PASSWORD);
  const owner = await register(here, 'owner');
  const reader = await register(here, 'reader');
  const channelId = await makeChannel(here, owner);
  const say = () => send(here, owner, channelId);

  const endedSession = async (): Promise<Taken> => {
    const { accessToken } = await login(here, 'owner', PASSWORD);
    const { sessions } = (
      await request<{ me: { sessions: { id: string; current: boolean }[] } }>(
        there,
        '{ me { sessions { id current } } }',
        {},
        accessToken,
      )
    ).me;
    const { id } = sessions.find(({ current }) => current)!;
    const live = await follow(there, accessToken, channelId, say);
    return taking(live, () =>
      request(here, 'mutation ($id: ID!) { revokeSession(id: $id) }', { id }, owner.accessToken),
    );
  };
  const takenGrant = async (): Promise<Taken> => {
    const { grantPermission } = await request<{ grantPermission: { id: string } }>(
      here,
      'mutation ($input: GrantPermissionInput!) { grantPermission(input: $input) { id } }',
      { input: { userId: reader.user.id, resourceType: 'Channel', resourceId: channelId, permission: 'READ' } },
      admin.accessToken,
    );
    const live = await follow(there, reader.accessToken, channelId, say);
    const { id } = grantPermission;
    return taking(live, () =>
      request(here, 'mutation ($id: ID!) { revokePermission(id: $id) }', { id }, admin.accessToken),
    );
  };

  const candidates = { revokeSession: endedSession, revokePermission: takenGrant };
  const figures = new Map<string, Taken[]>();
  for (let round = -1; round < repeat; round++) {
    for (const [name, measure] of Object.entries(candidates)) {
      const taken = await measure();
      if (round >= 0) figures.set(name, [...(figures.get(name) ?? []), taken]); // the first is a warm-up
    }
  }
  const how = `${repeat} times each. A negative time: the subscription had ended before the mutation answered.`;
  const rows = [...figures].map(([name, taken]) => {
    const cells = (['sinceAnswer', 'sinceRequest'] as const).map((key) => spread(taken.map((one) => one[key])));
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  process.stdout.write(
    [
      heading('revocation: until a live subscription at another gateway has ended', how),
      '| | ms after the answer | ms after the request |',
      '| --- | --- | --- |',
      ...rows,
      '',
      'Each cell: minimum, **median**, maximum.',
      '',
    ].join('\n'),
  );
}

async function taking(live: Followed, take: () => Promise<unknown>): Promise<Taken> {
  const requestedAt = performance.now();
  const ended = live.ended.then(() => performance.now());
  await take();
  const answeredAt = performance.now();
  const endedAt = await ended;
  await live.close();
  return { sinceAnswer: endedAt - answeredAt, sinceRequest: endedAt - requestedAt };
}

async function register(url: string, username: string): Promise<Session> {
  const query = 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }';
  const input = { username, email: `${username}@example.org`, password: PASSWORD };
  return (await request<{ register: Session }>(url, query, { input })).register;
}

async function login(url: string, identifier: string, password: string): Promise<Session> {
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken user { id } } }';
  return (await request<{ login: Session }>(url, query, { input: { identifier, password } })).login;
}

async function makeChannel(url: string, { accessToken }: Session): Promise<string> {
  const query = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
  const input = { name: 'vault', type: 'PRIVATE' };
  return (await request<{ createChannel: { id: string } }>(url, query, { input }, accessToken)).createChannel.id;
}

async function send(url: string, { accessToken }: Session, channelId: string): Promise<string> {
  const query = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
  const input = { channelId, body: 'is anybody there?' };
  return (await request<{ sendMessage: { id: string } }>(url, query, { input }, accessToken)).sendMessage.id;
}

void main();
