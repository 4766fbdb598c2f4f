/** Messages to @channel: one row stands for all members of that time, and edits, joining, leaving and retention keep to that. */
import { daysAgo } from '@chat/kit/days-ago';
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames, type TestNames } from '../../testing/test-names';

let messaging: TestMessaging;
let names: TestNames;
let client: Client;
let ada: Person;
let bob: Person;
let eve: Person;
let channelId: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  names = await openTestNames(messaging);
  client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await names[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});
beforeEach(async () => {
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
  await names.user(bob, `bob-${bob.id}`);
  await names.user(eve, `eve-${eve.id}`);
  channelId = await ada.creates({ members: [bob] });
});

const COUNT = 'query ($id: ID!) { channel(id: $id) { viewerMembership { mentionCount } } }';
const LIST = '{ inbox { cursor mentions { edges { node { isUnread message { body } } } } } }';
const FOLLOW = `subscription ($after: String) { inbox(after: $after) { __typename ... on Mentioned { message { body } } } }`;

const countOf = async (person: Person) =>
  (await person.does(COUNT, { id: channelId })).channel.viewerMembership.mentionCount;
const listOf = async (person: Person) =>
  (await person.does(LIST)).inbox.mentions.edges.map(({ node }: any) => node.message.body);
const edits = (id: string, body: string) =>
  ada.does('mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { id } }', { id, body });
const adds = (person: Person) =>
  ada.does('mutation ($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }', {
    c: channelId,
    u: [person.id],
  });
const leaves = (person: Person) =>
  person.does('mutation ($id: ID!) { leaveChannel(channelId: $id) }', { id: channelId });
const marksUnread = async (person: Person, m: string) =>
  (
    await person.does('mutation ($c: ID!, $m: ID!) { markUnread(channelId: $c, messageId: $m) { mentionCount } }', {
      c: channelId,
      m,
    })
  ).markUnread.mentionCount;

/** The bodies of the mentions of which `person` is told after a cursor, up to the next one that ends it. */
async function toldOf(person: Person, after: string): Promise<string[]> {
  await ada.sends(channelId, `@bob-${bob.id} @eve-${eve.id} the end`);
  const live = await person.follows(FOLLOW, { after });
  const bodies: string[] = [];
  while (!bodies.at(-1)?.endsWith('the end')) {
    const [{ inbox: event }] = await live.take(1);
    if (event.__typename === 'Mentioned') bodies.push(event.message.body);
  }
  await live.end();
  return bodies.slice(0, -1);
}

const cursorOf = async (person: Person) => (await person.does(LIST)).inbox.cursor;

test('an account that joins later was not mentioned', async () => {
  const { id } = await ada.sends(channelId, '@channel before');
  await adds(eve);
  await ada.sends(channelId, '@channel after');
  expect([await countOf(bob), await countOf(eve)]).toEqual([2, 1]);
  expect(await listOf(bob)).toEqual(['@channel after', '@channel before']);
  expect(await listOf(eve)).toEqual(['@channel after']);
  expect([await marksUnread(eve, id), await marksUnread(bob, id)]).toEqual([1, 2]);
});

test('an account that leaves keeps its mentions, and one that joins again has no later ones', async () => {
  await ada.sends(channelId, '@channel before');
  await leaves(bob);
  await ada.sends(channelId, '@channel meanwhile');
  expect(await listOf(bob)).toEqual([]);
  await adds(bob);
  await ada.sends(channelId, '@channel after');
  expect(await listOf(bob)).toEqual(['@channel after', '@channel before']);
  expect(await countOf(bob)).toBe(1);
});

test('an edit that withdraws @channel ends the mention for each member, left ones included', async () => {
  await adds(eve);
  const { id } = await ada.sends(channelId, '@channel hello');
  await leaves(eve);
  await edits(id, 'hello');
  expect(await countOf(bob)).toBe(0);
  expect(await listOf(bob)).toEqual([]);
  await adds(eve);
  expect(await listOf(eve)).toEqual([]);
});

test('an edit notifies nobody twice, whether it names a member or brings @channel back', async () => {
  const before = await cursorOf(bob);
  const { id } = await ada.sends(channelId, '@channel one');
  await edits(id, `@channel and @bob-${bob.id} two`);
  expect(await countOf(bob)).toBe(1);
  await edits(id, 'three');
  expect(await countOf(bob)).toBe(0);
  await edits(id, '@channel four');
  expect(await countOf(bob)).toBe(1);
  expect(await listOf(bob)).toEqual(['@channel four']);
  expect(await toldOf(bob, before)).toEqual(['@channel four']);
});

test('an edit that adds @channel, or keeps it and names an account that has joined since, notifies those who were not', async () => {
  const before = [await cursorOf(bob), await cursorOf(eve)];
  const { id } = await ada.sends(channelId, '@channel one');
  await adds(eve);
  await edits(id, `@channel with @eve-${eve.id}`);
  const { id: other } = await ada.sends(channelId, 'two');
  await edits(other, '@channel two');
  expect([await countOf(bob), await countOf(eve)]).toEqual([2, 1]);
  expect(await listOf(eve)).toEqual(['@channel two', `@channel with @eve-${eve.id}`]);
  expect(await toldOf(bob, before[0])).toEqual([`@channel with @eve-${eve.id}`, '@channel two']);
  expect(await toldOf(eve, before[1])).toEqual([`@channel with @eve-${eve.id}`, '@channel two']);
});

test('pages of the list mix mentions of everybody with others, in both directions', async () => {
  const bodies: string[] = [];
  for (const n of [1, 2, 3, 4, 5]) {
    const body = n % 2 === 0 ? `@bob-${bob.id} ${n}` : `@channel ${n}`;
    await ada.sends(channelId, body);
    bodies.unshift(body);
  }
  const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String) { inbox {
    mentions(first: $first, after: $after, last: $last, before: $before) {
      edges { node { message { body } } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`;
  const page = async (given: object) => {
    const { edges, pageInfo } = (await bob.does(PAGE, given)).inbox.mentions;
    return { bodies: edges.map(({ node }: any) => node.message.body), ...pageInfo };
  };
  const first = await page({ first: 2 });
  expect(first).toMatchObject({ bodies: bodies.slice(0, 2), hasNextPage: true });
  const second = await page({ first: 3, after: first.endCursor });
  expect(second).toMatchObject({ bodies: bodies.slice(2), hasNextPage: false });
  expect(await page({ last: 2, before: second.startCursor })).toMatchObject({ bodies: bodies.slice(0, 2) });
});

test('expired messages mention nobody', async () => {
  await ada.sends(channelId, '@channel old');
  await ada.sends(channelId, '@channel young');
  await client.query('update messaging.messages set created_at = $2 where channel_id = $1 and seq = 1', [
    channelId,
    daysAgo(3),
  ]);
  await client.query('update messaging.channels set retention_days = 1 where id = $1', [channelId]);
  await client.query(`select graphile_worker.add_job('messaging:remove-expired')`);
  await eventually(async () => expect(await listOf(bob)).toEqual(['@channel young']));
  expect(await countOf(bob)).toBe(1);
  const { rows } = await client.query('select seq from messaging.channel_mentions where channel_id = $1', [channelId]);
  expect(rows).toEqual([{ seq: '2' }]);
});
