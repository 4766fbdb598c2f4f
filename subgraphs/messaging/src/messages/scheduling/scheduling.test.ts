/** Scheduled messages, drafts and retention. */
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { inTurn, whileHeld, whileLocked } from '../../testing/in-turn';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames } from '../../testing/test-names';
import { MAX_SCHEDULED } from './scheduled-message.service';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let channelId: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  [ada, bob] = [messaging.person(), messaging.person()];
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  channelId = await ada.creates({ members: [bob] });
});

const SCHEDULE =
  'mutation ($input: ScheduleMessageInput!) { scheduleMessage(input: $input) { id sendAt body channel { id } } }';
const SCHEDULED = 'query { scheduledMessages { edges { node { id failure } } } }';
const CANCEL = 'mutation ($id: ID!) { cancelScheduledMessage(id: $id) }';
const ADDED =
  'subscription ($c: ID!, $after: String) { messageAdded(channelId: $c, after: $after) { body author { id } } }';
async function openClient(): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** Runs the job of a scheduled message early. */
async function sendNow(id: string): Promise<void> {
  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  await client.query(
    `select graphile_worker.add_job('messaging:send-scheduled-message', json_build_object('id', $1::text), job_key => $2)`,
    [id, `messaging:scheduled:${id}`],
  );
  await client.end();
}
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

test('a scheduled message is sent when it is due', async () => {
  const live = await bob.follows(ADDED, { c: channelId });
  const input = { channelId, body: 'good morning', sendAt: inMs(300) };
  expect((await ada.does(SCHEDULE, { input })).scheduleMessage).toMatchObject({
    body: 'good morning',
    channel: { id: channelId },
  });
  expect((await live.take(1))[0].messageAdded).toEqual({ body: 'good morning', author: { id: ada.id } });
  await live.end();
});

describe('changing a scheduled message', () => {
  const UPDATE = `mutation ($input: UpdateScheduledMessageInput!) {
    updateScheduledMessage(input: $input) { id body sendAt failure channel { id } } }`;
  const HISTORY = 'query ($c: ID!) { channel(id: $c) { messages(first: 9) { edges { node { body } } } } }';
  const sent = async (): Promise<string[]> =>
    (await bob.does(HISTORY, { c: channelId })).channel.messages.edges.map(({ node }: any) => node.body);
  const schedules = async (body: string, ms: number): Promise<string> =>
    (await ada.does(SCHEDULE, { input: { channelId, body, sendAt: inMs(ms) } })).scheduleMessage.id;

  test('sends the new text at the new time, once', async () => {
    const id = await schedules('too late', 3_600_000);
    const sendAt = inMs(500);
    expect((await ada.does(UPDATE, { input: { id, body: 'in time', sendAt } })).updateScheduledMessage).toEqual({
      id,
      body: 'in time',
      sendAt,
      failure: null,
      channel: { id: channelId },
    });
    await eventually(async () => (await sent()).length > 0, 'the changed message in the history');
    expect(await sent()).toEqual(['in time']);
    expect(await ada.isRefused(UPDATE, { input: { id, body: 'again' } })).toEqual({ code: 'NOT_FOUND' });
  });

  test('keeps what is not given, and postpones', async () => {
    const id = await schedules('first', 1000);
    const sendAt = inMs(3_600_000);
    await ada.does(UPDATE, { input: { id, sendAt } });
    expect((await ada.does(UPDATE, { input: { id, body: 'second' } })).updateScheduledMessage).toMatchObject({
      body: 'second',
      sendAt,
    });
    const marker = await schedules('marker', 1200);
    await eventually(async () => (await sent()).includes('marker'), 'a message that was due later');
    expect(await sent()).toEqual(['marker']);
    expect(marker).not.toBe(id);
    await ada.does(CANCEL, { id });
  });

  test('a job that has started for the earlier time sends nothing', async () => {
    const id = await schedules('postponed', 3_600_000);
    await using client = await openClient();
    await client.query(
      `select graphile_worker.add_job('messaging:send-scheduled-message', json_build_object('id', $1::text, 'sendAt', $2::text))`,
      [id, inMs(-1000)],
    );
    await eventually(async () => {
      const { rows } = await client.query(
        'select count(*)::int as count from graphile_worker.jobs where run_at <= now()',
      );
      return rows[0].count === 0;
    }, 'the end of the job');
    expect(await sent()).toEqual([]);
    await ada.does(CANCEL, { id });
  });

  test('schedules a failed message again', async () => {
    const id = await schedules('after the mute', 300);
    await ada.does('mutation ($id: ID!) { archiveChannel(channelId: $id) { id } }', { id: channelId });
    const failure = async () => {
      const { edges } = (await ada.does(SCHEDULED)).scheduledMessages;
      return edges.find(({ node }: any) => node.id === id)?.node.failure;
    };
    await eventually(failure, 'the failure');
    expect(await ada.isRefused(UPDATE, { input: { id, sendAt: inMs(400) } })).toEqual({ code: 'FORBIDDEN' });
    await ada.does('mutation ($id: ID!) { unarchiveChannel(channelId: $id) { id } }', { id: channelId });
    expect(await ada.isRefused(UPDATE, { input: { id, body: 'without a time' } })).toMatchObject({
      fields: { sendAt: 'sendAt must be in the future.' },
    });
    await ada.does(UPDATE, { input: { id, sendAt: inMs(300) } });
    await eventually(async () => (await sent()).length > 0, 'the message in the history');
    expect(await sent()).toEqual(['after the mute']);
  });

  test('is for the author, who must be allowed to write, with sound values', async () => {
    const id = await schedules('mine', 3_600_000);
    expect(await bob.isRefused(UPDATE, { input: { id, body: 'not mine' } })).toEqual({ code: 'NOT_FOUND' });
    expect(await ada.isRefused(UPDATE, { input: { id: 'nonsense', body: 'x' } })).toEqual({ code: 'NOT_FOUND' });
    for (const [wrong, field] of [
      [{ body: '' }, 'body'],
      [{ body: 'x'.repeat(16_001) }, 'body'],
      [{ sendAt: inMs(-1) }, 'sendAt'],
      [{ sendAt: inMs(367 * 86_400_000) }, 'sendAt'],
    ] as const)
      expect(await ada.isRefused(UPDATE, { input: { id, ...wrong } })).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: { [field]: expect.any(String) },
      });
    expect(await ada.isRefused(UPDATE, { input: { id, body: '', sendAt: inMs(-1) } })).toMatchObject({
      fields: { body: expect.any(String), sendAt: expect.any(String) },
    });
    await ada.does(CANCEL, { id });
  });
});

test('a message scheduled by an API key is not sent after the key ends, and the author sees the reason', async () => {
  await using names = await openTestNames(messaging);
  for (const [index, person] of [ada, bob].entries()) await names.user(person, `writer${index}`);
  const keyId = await names.key();
  const input = { channelId, body: 'by a key', sendAt: inMs(60_000) };
  const { scheduleMessage: byKey } = await messaging.byKey(ada, keyId).does(SCHEDULE, { input });
  const { scheduleMessage: inPerson } = await ada.does(SCHEDULE, { input: { ...input, body: 'in person' } });
  await names.endKey(keyId);
  await sendNow(byKey.id);
  const failureOf = async () =>
    (await ada.does(SCHEDULED)).scheduledMessages.edges.find(({ node }: any) => node.id === byKey.id).node.failure;
  await eventually(failureOf, 'the failure of the scheduled message');
  expect(await failureOf()).toBe('The API key that made it was revoked or has expired.');
  await sendNow(inPerson.id);
  const history = 'query ($c: ID!) { channel(id: $c) { messages(first: 9) { edges { node { body } } } } }';
  const sent = async () => (await bob.does(history, { c: channelId })).channel.messages.edges;
  await eventually(async () => (await sent()).length > 0, 'the scheduled message in the history');
  expect(await sent()).toEqual([{ node: { body: 'in person' } }]);
  await ada.does(CANCEL, { id: byKey.id });
});

test('a scheduled message does not mark the channel as read for its author', async () => {
  const own = 'query ($id: ID!) { channel(id: $id) { viewerMembership { unreadCount mentionCount } } }';
  const counts = async () => (await ada.does(own, { id: channelId })).channel.viewerMembership;
  await bob.sends(channelId, 'all of @channel');
  const input = { channelId, body: 'a report for @channel', sendAt: inMs(60_000) };
  const live = await bob.follows(ADDED, { c: channelId });
  await sendNow((await ada.does(SCHEDULE, { input })).scheduleMessage.id);
  await live.take(1);
  await live.end();
  expect(await counts()).toEqual({ unreadCount: 2, mentionCount: 1 });
  await ada.sends(channelId, 'now I am here');
  expect(await counts()).toEqual({ unreadCount: 0, mentionCount: 0 });
});

test('refuses past times, invalid bodies and channels of others', async () => {
  const wrong = [{ sendAt: inMs(-1000) }, { sendAt: inMs(400 * 86_400_000) }, { body: ' ' }, { body: 'a\0' }];
  for (const given of wrong) {
    const input = { channelId, body: 'x', sendAt: inMs(60_000), ...given };
    expect(await ada.isRefused(SCHEDULE, { input })).toMatchObject({ code: 'BAD_USER_INPUT' });
  }
  const input = { channelId, body: 'x', sendAt: inMs(60_000) };
  expect(await messaging.person().isRefused(SCHEDULE, { input })).toEqual({ code: 'NOT_FOUND' });
});

test('the number of scheduled messages is limited', async () => {
  const carl = messaging.person();
  const channel = await carl.creates();
  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  await client.query(
    `insert into messaging.scheduled_messages (id, channel_id, author_id, body, send_at)
     select gen_random_uuid(), $1, $2, 'x', now() + interval '1 day' from generate_series(2, $3::int)`,
    [channel, carl.id, MAX_SCHEDULED],
  );
  await client.end();
  const input = { channelId: channel, body: 'x', sendAt: inMs(60_000) };
  const atOnce = await Promise.allSettled([1, 2, 3].map(() => carl.does(SCHEDULE, { input })));
  expect(atOnce.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await carl.isRefused(SCHEDULE, { input })).toEqual({ code: 'LIMIT_EXCEEDED' });
});

test('scheduled messages are paged, next first', async () => {
  const carl = messaging.person();
  const channel = await carl.creates();
  const bodies = ['one', 'two', 'three'];
  for (const [i, body] of bodies.entries())
    await carl.does(SCHEDULE, { input: { channelId: channel, body, sendAt: inMs(60_000 + i) } });
  const list = `query ($after: String) { scheduledMessages(first: 1, after: $after) {
    edges { node { body } } pageInfo { endCursor hasNextPage } } }`;
  const seen: string[] = [];
  for (let after: string | null = null, isMore = true; isMore;) {
    const { edges, pageInfo }: any = (await carl.does(list, { after })).scheduledMessages;
    seen.push(edges[0].node.body);
    [after, isMore] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  expect(seen).toEqual(bodies);
  for (const at of ['2026-11-23', 8.64e15, 1.5]) {
    const after = Buffer.from(JSON.stringify(['scheduledMessages', at, channel])).toString('base64url');
    expect(await carl.isRefused(list, { after })).toMatchObject({ code: 'BAD_USER_INPUT' });
  }
});

test('only the author sees and cancels a scheduled message', async () => {
  const input = { channelId, body: 'later', sendAt: inMs(60_000) };
  const { id } = (await ada.does(SCHEDULE, { input })).scheduleMessage;
  expect((await bob.does(SCHEDULED)).scheduledMessages.edges).toEqual([]);
  expect(await bob.isRefused(CANCEL, { id })).toEqual({ code: 'NOT_FOUND' });
  expect((await ada.does(CANCEL, { id })).cancelScheduledMessage).toBe(true);
  expect(await ada.isRefused(CANCEL, { id })).toEqual({ code: 'NOT_FOUND' });
});

test('if the author may no longer send, the message is not sent and the author sees the reason', async () => {
  const input = { channelId, body: 'too late', sendAt: inMs(60_000) };
  const { id } = (await bob.does(SCHEDULE, { input })).scheduleMessage;
  await bob.does('mutation ($c: ID!) { leaveChannel(channelId: $c) }', { c: channelId });
  await sendNow(id);
  const failureOf = async () => (await bob.does(SCHEDULED)).scheduledMessages.edges[0].node.failure as string | null;
  expect(await eventually(failureOf, 'the failure of the scheduled message')).toMatch(/no longer/);
  const history = 'query ($id: ID!) { channel(id: $id) { messages(first: 1) { edges { cursor } } } }';
  expect((await ada.does(history, { id: channelId })).channel.messages.edges).toEqual([]);
});

test('a message that is being sent cannot be cancelled', async () => {
  const input = { channelId, body: 'on its way', sendAt: inMs(60_000) };
  const { id } = (await ada.does(SCHEDULE, { input })).scheduleMessage;
  const live = await bob.follows(ADDED, { c: channelId });
  await whileLocked(messaging, channelId, async (wait) => {
    await sendNow(id);
    await wait(1);
    expect(await ada.isRefused(CANCEL, { id })).toEqual({ code: 'NOT_FOUND' });
  });
  expect((await live.take(1))[0].messageAdded.body).toBe('on its way');
  await live.end();
});

test('a removed author sees the scheduled message, but not the channel', async () => {
  const input = { channelId, body: 'too late', sendAt: inMs(60_000) };
  const { id } = (await bob.does(SCHEDULE, { input })).scheduleMessage;
  await ada.does('mutation ($c: ID!, $u: ID!) { banMember(channelId: $c, userId: $u) }', { c: channelId, u: bob.id });
  const list =
    'query { scheduledMessages(last: 1) { edges { node { id channel { name messages { edges { node { body } } } } } } } }';
  expect((await bob.does(list)).scheduledMessages.edges).toEqual([{ node: { id, channel: null } }]);
});

test('an author who loses access during sending sends nothing', async () => {
  const { id } = (await bob.does(SCHEDULE, { input: { channelId, body: 'too late', sendAt: inMs(60_000) } }))
    .scheduleMessage;
  const mute = `mutation ($c: ID!, $u: ID!) { muteMember(channelId: $c, userId: $u) { mutedUntil } }`;
  await inTurn(
    messaging,
    channelId,
    () => ada.does(mute, { c: channelId, u: bob.id }),
    () => sendNow(id),
  );
  const last = 'query { scheduledMessages(last: 1) { edges { node { id failure } } } }';
  await eventually(
    async () =>
      expect((await bob.does(last)).scheduledMessages.edges[0].node).toEqual({
        id,
        failure: expect.stringContaining('muted'),
      }),
    'the failure of the scheduled message',
  );
});

test("drafts are the author's alone", async () => {
  const save = 'mutation ($c: ID!, $b: String!) { saveDraft(channelId: $c, body: $b) { body channel { id } } }';
  await ada.does(save, { c: channelId, b: 'begun' });
  expect((await ada.does(save, { c: channelId, b: 'begun again' })).saveDraft).toEqual({
    body: 'begun again',
    channel: { id: channelId },
  });
  const drafts = 'query { drafts { body } }';
  expect((await ada.does(drafts)).drafts).toEqual([{ body: 'begun again' }]);
  expect((await bob.does(drafts)).drafts).toEqual([]);
  await ada.does(save, { c: channelId, b: ' ' });
  expect((await ada.does(drafts)).drafts).toEqual([]);
  expect(await ada.isRefused(save, { c: channelId, b: 'x'.repeat(16_001) })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

describe('retention', () => {
  const INBOX = 'subscription ($after: String) { inbox(after: $after) { __typename cursor } }';
  const EVENTS = `subscription ($c: ID!, $after: String) { channelEvents(channelId: $c, after: $after) { __typename cursor
    ... on MessageAdded { message { body } } ... on MessageEdited { message { body } } ... on MessageDeleted { messageId } } }`;
  const TICKETS = 'subscription ($p: ID!, $after: String) { ticketChanged(projectId: $p, after: $after) { cursor } }';
  const CLEAN_UP = `select graphile_worker.add_job('messaging:remove-expired')`;
  let client: Client;
  beforeAll(async () => {
    client = new Client({ connectionString: messaging.config.DATABASE_URL });
    await client.connect();
  });
  afterAll(() => client.end());

  const count = async (sql: string, values: unknown[] = []) => Number((await client.query(sql, values)).rows[0].count);
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    await eventually(isSo);
  }

  test('deletes events of channels, inboxes and projects; a client that resumes from before is told', async () => {
    const inbox = await bob.follows(INBOX);
    const { createProject: project } = await ada.does(
      'mutation { createProject(input: { key: "KEEP", name: "Keep" }) { id } }',
    );
    const opens = 'mutation ($p: ID!, $t: String!) { createTicket(input: { projectId: $p, title: $t }) { cursor } }';
    const { createTicket: ticket } = await ada.does(opens, { p: project.id, t: 'first' });
    const input = { name: 'kept', type: 'PRIVATE', memberIds: [bob.id] };
    const { createChannel: channel } = await ada.does(
      'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id cursor } }',
      { input },
    );
    const [{ inbox: joined }] = await inbox.take(1);
    await inbox.end();
    for (const body of ['one', 'two']) await ada.sends(channel.id, body);
    await ada.does(opens, { p: project.id, t: 'second' });
    await client.query(`update messaging.event set created_at = now() - interval '40 days'`);
    await ada.sends(channel.id, 'three');
    await ada.does(opens, { p: project.id, t: 'third' });
    await client.query(CLEAN_UP);
    await until(async () => (await count('select count(*) from messaging.event')) === 2);

    const events = await bob.follows(EVENTS, { c: channel.id, after: channel.cursor });
    expect(
      (await events.take(2)).map(({ channelEvents }) => [channelEvents.__typename, channelEvents.message?.body]),
    ).toEqual([
      ['HistoryGap', undefined],
      ['MessageAdded', 'three'],
    ]);
    await events.end();
    const resumed = await bob.follows(INBOX, { after: joined.cursor });
    expect((await resumed.take(1))[0].inbox.__typename).toBe('UnreadChanged'); // the join was seen, and nothing else has come
    await resumed.end();
    const tickets = await ada.follows(TICKETS, { p: project.id, after: ticket.cursor });
    expect((await tickets.next()).errors?.[0]?.extensions?.['code']).toBe('SUBSCRIPTION_INTERRUPTED');
    expect((await tickets.take(1))[0].ticketChanged.cursor).toEqual(expect.any(String));
    await tickets.end();
    const { channel: read } = await bob.does(
      'query ($id: ID!) { channel(id: $id) { messages(first: 5) { edges { node { body } } } } }',
      { id: channel.id },
    );
    expect(read.messages.edges.map(({ node }: any) => node.body)).toEqual(['one', 'two', 'three']);
  });

  test('deletes failed jobs and failed scheduled messages, but no pending ones', async () => {
    await client.query(
      `select graphile_worker.add_job('messaging:nobody-does-this', job_key => $1, max_attempts => 1)`,
      ['old'],
    );
    await client.query(
      `select graphile_worker.add_job('messaging:nobody-does-this', job_key => $1, max_attempts => 1)`,
      ['new'],
    );
    await client.query(`update graphile_worker._private_jobs set attempts = max_attempts,
      updated_at = case key when 'old' then now() - interval '40 days' else now() end where key in ('old', 'new')`);
    const scheduled = `insert into messaging.scheduled_messages (id, channel_id, author_id, body, send_at, failure)
      values (gen_random_uuid(), $1, $2, 'x', now() - interval '40 days', $3)`;
    await client.query(scheduled, [channelId, ada.id, 'muted']);
    await client.query(scheduled, [channelId, ada.id, null]);
    await client.query(CLEAN_UP);
    const ofKey = `select count(*) from graphile_worker._private_jobs where key = $1`;
    await until(async () => (await count(ofKey, ['old'])) === 0);
    expect(await count(ofKey, ['new'])).toBe(1);
    const waiting = 'select count(*) from messaging.scheduled_messages where channel_id = $1';
    expect(await count(waiting, [channelId])).toBe(1);
  });

  test('a mention that is removed while it is read is subtracted once', async () => {
    const old = await ada.sends(channelId, 'hello @channel');
    await ada.sends(channelId, 'hello again @channel');
    await ada.does('mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }', {
      i: { id: channelId, retentionDays: 1 },
    });
    await client.query(`update messaging.messages set created_at = now() - interval '2 days' where id = $1`, [old.id]);
    await whileHeld(
      messaging,
      (reader) => reader.query('select messaging.mark_read($1, $2, 1)', [bob.id, channelId]),
      async (wait) => {
        await client.query(CLEAN_UP);
        await wait(1);
      },
    );
    await until(async () => (await count('select count(*) from messaging.messages where id = $1', [old.id])) === 0);
    const own = 'query ($id: ID!) { channel(id: $id) { viewerMembership { unreadCount mentionCount } } }';
    expect((await bob.does(own, { id: channelId })).channel.viewerMembership).toEqual({
      unreadCount: 1,
      mentionCount: 1,
    });
  });

  test('earlier events of a removed message report its deletion; it no longer counts as unread or mentioned', async () => {
    await using names = await openTestNames(messaging);
    await names.user(ada, 'ada');
    await names.user(bob, 'bob');
    const old = await ada.sends(channelId, 'hello @bob', { select: 'id cursor' });
    await ada.sends(channelId, 'hello again @bob');
    await ada.does('mutation ($id: ID!) { editMessage(id: $id, body: "hello, @bob") { id } }', { id: old.id });
    await ada.does('mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }', {
      i: { id: channelId, retentionDays: 1 },
    });
    await client.query(`update messaging.messages set created_at = now() - interval '2 days' where id = $1`, [old.id]);
    await client.query(CLEAN_UP);
    await until(async () => (await count('select count(*) from messaging.messages where id = $1', [old.id])) === 0);
    const events = await bob.follows(EVENTS, { c: channelId, after: old.cursor });
    expect(
      (await events.take(2)).map(({ channelEvents }) => [channelEvents.__typename, channelEvents.messageId]),
    ).toEqual([
      ['MessageAdded', undefined],
      ['MessageDeleted', old.id],
    ]);
    await events.end();
    const { viewerMembership } = (
      await bob.does('query ($id: ID!) { channel(id: $id) { viewerMembership { unreadCount mentionCount } } }', {
        id: channelId,
      })
    ).channel;
    expect(viewerMembership).toEqual({ unreadCount: 1, mentionCount: 1 });
  });
});

test('retention removes old messages, and a client that resumes from before gets a gap', async () => {
  const old = await ada.sends(channelId, 'old', { select: 'id cursor' });
  await ada.sends(channelId, 'old too');
  await ada.does('mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }', {
    i: { id: channelId, retentionDays: 1 },
  });
  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  await client.query(`update messaging.messages set created_at = now() - interval '2 days' where channel_id = $1`, [
    channelId,
  ]);
  const fresh = await ada.sends(channelId, 'new');
  const gap = await bob.follows(
    'subscription ($c: ID!, $after: String) { channelEvents(channelId: $c, after: $after) { __typename ... on HistoryGap { reason } ... on MessageAdded { message { id } } } }',
    { c: channelId, after: old.cursor },
  );
  await gap.take(2); // what came after the cursor is still there
  await client.query(`select graphile_worker.add_job('messaging:remove-expired')`);
  const history =
    'query ($id: ID!) { channel(id: $id) { messages(first: 10) { edges { node { id } } } viewerMembership { unreadCount } } }';
  await eventually(
    async () => expect((await bob.does(history, { id: channelId })).channel.messages.edges).toHaveLength(1),
    'the removal of the expired message',
  );
  await client.end();
  await gap.end();
  const { channel } = await bob.does(history, { id: channelId });
  expect(channel.messages.edges).toEqual([{ node: { id: fresh.id } }]);
  expect(channel.viewerMembership.unreadCount).toBe(1);
  const resumed = await bob.follows(
    'subscription ($c: ID!, $after: String) { channelEvents(channelId: $c, after: $after) { __typename ... on HistoryGap { reason } } }',
    { c: channelId, after: old.cursor },
  );
  expect((await resumed.take(1))[0].channelEvents).toEqual({ __typename: 'HistoryGap', reason: expect.any(String) });
  await resumed.end();
});
