/** Outgoing webhooks through GraphQL to a real receiver: access, content, retries, disabling. */
import { eventually } from '@chat/kit/testing/eventually';
import { startExpiredServer } from '@chat/kit/testing/expired-server';
import { Webhook } from 'standardwebhooks';
import { openTestDatabase } from '../../testing/test-database';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames, type TestNames } from '../../testing/test-names';
import { startWebhookReceiver, type Received, type WebhookReceiver } from '../../testing/webhook-receiver';

let messaging: TestMessaging;
let receiver: WebhookReceiver;
let ada: Person;
let bob: Person;
let eve: Person;
let admin: Person;
let channelId: string;

const CREATE = `mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) { id url events secret channel { id } creator { id } } }`;
const READ = `query ($id: ID!, $first: Int, $after: String) { webhook(id: $id) { id url failingSince disabledAt
  deliveries(first: $first, after: $after) {
    edges { node { id event status attempts responseStatus error nextAttemptAt deliveredAt } }
    pageInfo { hasNextPage endCursor } } } }`;
const EDIT = 'mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { id } }';
const ENABLE = 'mutation ($id: ID!) { enableWebhook(id: $id) { disabledAt failingSince } }';

beforeAll(async () => {
  messaging = await startTestMessaging({ WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true', WEBHOOK_RETRY_SECONDS: '0,1' });
  [ada, bob, eve, admin] = [messaging.person(), messaging.person(), messaging.person(), messaging.person('ADMIN')];
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  channelId = await ada.creates({ members: [bob] });
});
afterEach(() => receiver[Symbol.asyncDispose]());

async function createWebhook(person: Person, input: Record<string, unknown> = {}) {
  const all = { url: receiver.url, events: ['MessageAdded'], channelId, ...input };
  return (await person.does(CREATE, { input: all })).createWebhook;
}

const contentOf = ({ body, headers }: Received, secret: string): any => new Webhook(secret).verify(body, headers);

/** Reads the webhook until it matches, because the outcome is recorded shortly after the response. */
async function until(id: string, isSo: (webhook: any) => boolean): Promise<any> {
  return eventually(async () => {
    const { webhook } = await admin.does(READ, { id });
    if (!isSo(webhook)) throw new Error(JSON.stringify(webhook));
    return webhook;
  }, `a webhook of which holds ${isSo.toString()}`);
}
const isDone = (webhook: any) => webhook.deliveries.edges.every(({ node }: any) => node.status !== 'PENDING');

test('delivers a message, signed, and logs the success', async () => {
  const { id, secret, ...webhook } = await createWebhook(ada);
  expect(webhook).toEqual({
    url: receiver.url,
    events: ['MessageAdded'],
    channel: { id: channelId },
    creator: { id: ada.id },
  });
  const message = await bob.sends(channelId, 'Hello *world*', { select: 'id seq createdAt' });
  const request = await receiver.next();
  expect(request.headers['content-type']).toMatch('application/json');
  expect(contentOf(request, secret)).toEqual({
    type: 'MessageAdded',
    timestamp: expect.any(String),
    data: {
      channelId,
      messageId: message.id,
      message: {
        ...message,
        channelId,
        authorId: bob.id,
        body: 'Hello *world*',
        parentId: null,
        editedAt: null,
        deletedAt: null,
      },
    },
  });
  expect(() => new Webhook(secret).verify(`${request.body} `, request.headers)).toThrow('signature');
  const { deliveries, failingSince } = await until(id, isDone);
  expect(failingSince).toBeNull();
  expect(deliveries.edges.map((edge: any) => edge.node)).toEqual([
    {
      id: request.headers['webhook-id'],
      event: 'MessageAdded',
      status: 'DELIVERED',
      attempts: 1,
      responseStatus: 200,
      error: null,
      nextAttemptAt: null,
      deliveredAt: expect.any(String),
    },
  ]);
});

test('tells the webhooks of the installation that a public channel was archived and deleted, and nothing of a private one', async () => {
  const { secret } = await createWebhook(admin, {
    events: ['ChannelArchived', 'ChannelDeleted', 'ChannelUpdated'],
    channelId: undefined,
  });
  const open = await ada.creates({ type: 'PUBLIC' });
  const archive = 'mutation ($id: ID!) { archiveChannel(channelId: $id) { id } }';
  const remove = 'mutation ($id: ID!) { deleteChannel(channelId: $id) }';
  const told = async () => contentOf(await receiver.next(), secret);
  for (const id of [channelId, open]) await ada.does(archive, { id });
  expect(await told()).toMatchObject({ type: 'ChannelArchived', data: { channelId: open } });
  for (const id of [channelId, open]) await ada.does(remove, { id });
  expect(await told()).toMatchObject({ type: 'ChannelDeleted', data: { channelId: open, isPublic: true } });
});

test('delivers every event type, or the selected ones, in order', async () => {
  const all = await createWebhook(ada, { events: ['*', 'MessageAdded'] });
  expect(all.events).toEqual(['*']);
  const { id } = await ada.sends(channelId, 'one');
  await ada.does(EDIT, { id, body: 'two' });
  await ada.does('mutation ($id: ID!, $e: String!) { addReaction(messageId: $id, emoji: $e) { id } }', { id, e: '👍' });
  await ada.does('mutation ($id: ID!) { pinMessage(id: $id) { id } }', { id });
  await ada.does('mutation ($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }', {
    c: channelId,
    u: [eve.id],
  });
  await ada.does('mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { id } }', {
    input: { id: channelId, topic: 'x' },
  });
  await ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { id } }', { id });
  const types: string[] = [];
  for (let i = 0; i < 7; i++) types.push(contentOf(await receiver.next(), all.secret).type);
  expect(types).toEqual([
    'MessageAdded',
    'MessageEdited',
    'ReactionsChanged',
    'PinsChanged',
    'MembersChanged',
    'ChannelUpdated',
    'MessageDeleted',
  ]);
});

test('every transaction that appends an event enqueues its delivery', async () => {
  const { secret } = await createWebhook(ada);
  await using database = await openTestDatabase(messaging);
  const append = (seq: number, isKept: boolean) =>
    database.orm.em.fork().transactional(async (tx) => {
      await tx.execute(
        `insert into messaging.event (stream, seq, type, payload) values (?, ?, 'MessageAdded', ?::jsonb)`,
        [`channel:${channelId}`, seq, JSON.stringify({ note: `event ${seq}` })],
      );
      if (!isKept) throw new Error('rolled back');
    });
  await expect(append(1000, false)).rejects.toThrow('rolled back');
  await append(1001, true);
  expect(contentOf(await receiver.next(), secret).data).toEqual({ channelId, note: 'event 1001' });
});

test('delivers no events of other channels or types', async () => {
  const { id, secret } = await createWebhook(ada, { events: ['MessageEdited'] });
  await ada.sends(await ada.creates(), 'elsewhere');
  const message = await ada.sends(channelId, 'not asked for');
  await ada.does(EDIT, { id: message.id, body: 'asked for' });
  expect(contentOf(await receiver.next(), secret)).toMatchObject({
    type: 'MessageEdited',
    data: { message: { body: 'asked for' } },
  });
  expect((await until(id, isDone)).deliveries.edges).toHaveLength(1);
});

test('an installation-wide webhook gets public channels and projects, and nothing private', async () => {
  const { id, secret } = await createWebhook(admin, {
    channelId: undefined,
    events: ['MessageAdded', 'TicketCreated', 'TicketUpdated', 'TicketCommented'],
  });
  await ada.sends(channelId, 'private');
  await ada.sends(await ada.creates({ type: 'PUBLIC' }), 'public');
  expect(contentOf(await receiver.next(), secret).data.message.body).toBe('public');
  const project = await bob.does('mutation { createProject(input: { key: "HOOK", name: "Hooks" }) { id } }');
  await bob.does('mutation ($p: ID!) { createTicket(input: { projectId: $p, title: "Listen" }) { id } }', {
    p: project.createProject.id,
  });
  expect(contentOf(await receiver.next(), secret)).toMatchObject({
    type: 'TicketCreated',
    data: { projectId: project.createProject.id, ticket: { title: 'Listen', number: 1, authorId: bob.id } },
  });
  const { project: board } = await bob.does(
    'query ($p: ID!) { project(id: $p) { tickets { edges { node { id } } } } }',
    { p: project.createProject.id },
  );
  const ticket = board.tickets.edges[0].node;
  await bob.does('mutation ($id: ID!) { updateTicket(input: { id: $id, status: RESOLVED }) { id } }', ticket);
  await bob.does('mutation ($id: ID!) { commentOnTicket(ticketId: $id, body: "done") { id } }', ticket);
  expect([contentOf(await receiver.next(), secret), contentOf(await receiver.next(), secret)]).toMatchObject([
    { type: 'TicketUpdated', data: { fields: ['STATUS'], ticket: { id: ticket.id, status: 'RESOLVED' } } },
    { type: 'TicketCommented', data: { commentId: expect.any(String), ticket: { id: ticket.id } } },
  ]);
  expect((await until(id, isDone)).deliveries.edges).toHaveLength(4);
  await admin.does('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id });
});

test('retries with the same id and body until the receiver accepts', async () => {
  const { id, secret } = await createWebhook(ada);
  let attempts = 0;
  receiver.answer = () => (attempts++ === 0 ? 500 : 204);
  await ada.sends(channelId, 'persistent');
  const first = await receiver.next();
  const second = await receiver.next();
  expect([second.headers['webhook-id'], second.body]).toEqual([first.headers['webhook-id'], first.body]);
  expect(contentOf(second, secret).data.message.body).toBe('persistent');
  const { deliveries } = await until(id, (webhook) => isDone(webhook) && webhook.failingSince === null);
  expect(deliveries.edges[0].node).toMatchObject({
    status: 'DELIVERED',
    attempts: 2,
    responseStatus: 204,
    error: null,
  });
});

test.each([429, 503])('honours Retry-After with status %i', async (status) => {
  const { id } = await createWebhook(ada);
  receiver.answer = () => status;
  receiver.headers = { 'retry-after': '3600' };
  const before = Date.now();
  await ada.sends(channelId, 'busy');
  await receiver.next();
  const { deliveries } = await until(id, ({ deliveries }) => deliveries.edges[0]?.node.attempts === 1);
  const pause = Date.parse(deliveries.edges[0].node.nextAttemptAt) - before;
  expect(pause).toBeGreaterThanOrEqual(3_590_000);
  expect(pause).toBeLessThan(3_700_000);
});

test('is disabled after lasting failure, notifies its owner, and works again after it is enabled', async () => {
  const { id, secret } = await createWebhook(ada);
  const inbox = await ada.follows(
    'subscription { inbox { __typename ... on WebhookDisabled { webhook { id disabledAt } } } }',
  );
  receiver.answer = () => 503;
  await ada.sends(channelId, 'never');
  for (let i = 0; i < 3; i++) await receiver.next();
  const given = await until(id, (webhook) => webhook.disabledAt !== null);
  expect(given.deliveries.edges[0].node).toMatchObject({
    status: 'FAILED',
    attempts: 3,
    responseStatus: 503,
    error: 'The receiver responded with status 503.',
    nextAttemptAt: null,
  });
  let told: any;
  do [told] = (await inbox.take(1)).map((data) => data.inbox);
  while (told.__typename !== 'WebhookDisabled');
  expect(told.webhook).toEqual({ id, disabledAt: given.disabledAt });
  await inbox.end();

  receiver.answer = () => 200;
  await ada.sends(channelId, 'while disabled');
  expect(await bob.isRefused(ENABLE, { id })).toEqual({ code: 'NOT_FOUND' });
  expect((await ada.does(ENABLE, { id })).enableWebhook).toEqual({ disabledAt: null, failingSince: null });
  await ada.sends(channelId, 'again');
  expect(contentOf(await receiver.next(), secret).data.message.body).toBe('again');
});

test('is not disabled for one failing delivery while others succeed', async () => {
  const { id } = await createWebhook(ada);
  receiver.answer = (body) => (body.includes('poison') ? 500 : 200);
  await ada.sends(channelId, 'poison');
  await receiver.next();
  await receiver.next(); // the third attempt is a second away
  await ada.sends(channelId, 'fine');
  const { disabledAt, deliveries } = await until(
    id,
    (webhook) => webhook.deliveries.edges.length === 2 && isDone(webhook),
  );
  expect(deliveries.edges.map(({ node }: any) => [node.status, node.attempts])).toEqual([
    ['DELIVERED', 1],
    ['FAILED', 3],
  ]);
  expect(disabledAt).toBeNull();
});

test('is disabled at once if the receiver responds with 410', async () => {
  const { id } = await createWebhook(ada);
  receiver.answer = () => 410;
  await ada.sends(channelId, 'gone');
  await receiver.next();
  const { deliveries } = await until(id, (webhook) => webhook.disabledAt !== null);
  expect(deliveries.edges[0].node).toMatchObject({ status: 'FAILED', attempts: 1, responseStatus: 410 });
});

test('logs the reason for which a receiver could not be reached', async () => {
  const { id } = await createWebhook(ada, { url: 'http://127.0.0.1:1/' });
  await ada.sends(channelId, 'to nobody');
  const { deliveries } = await until(id, (webhook) => webhook.deliveries.edges[0]?.node.status === 'FAILED');
  expect(deliveries.edges[0].node).toMatchObject({
    responseStatus: null,
    error: 'The receiver could not be reached (ECONNREFUSED).',
  });
});

test('logs that the certificate of a receiver has expired, and sends it nothing', async () => {
  await using expired = await startExpiredServer();
  const { id } = await createWebhook(ada, { url: expired.url });
  await ada.sends(channelId, 'to nobody safe');
  const { deliveries } = await until(id, (webhook) => webhook.deliveries.edges[0]?.node.status === 'FAILED');
  expect(deliveries.edges[0].node).toMatchObject({
    responseStatus: null,
    error: 'The certificate of localhost has expired.',
  });
  expect(expired.requests).toBe(0);
});

test('rotates its secret: signs with both during the overlap, then only with the new one', async () => {
  const ROTATE = `mutation ($id: ID!, $s: Int) { rotateWebhookSecret(id: $id, overlapSeconds: $s) {
    secret previousSecretUntil } }`;
  const { id, secret } = await createWebhook(ada);
  for (const person of [bob, eve]) expect(await person.isRefused(ROTATE, { id })).toEqual({ code: 'NOT_FOUND' });
  for (const s of [-1, 2_592_001])
    expect(await ada.isRefused(ROTATE, { id, s })).toMatchObject({ code: 'BAD_USER_INPUT' });
  const { rotateWebhookSecret: rotated } = await ada.does(ROTATE, { id, s: 60 });
  expect(rotated.secret).not.toBe(secret);
  expect(Date.parse(rotated.previousSecretUntil)).toBeGreaterThan(Date.now());
  await ada.sends(channelId, 'signed twice');
  const both = await receiver.next();
  expect(both.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  for (const good of [secret, rotated.secret]) expect(contentOf(both, good)).toMatchObject({ type: 'MessageAdded' });
  const last = (await ada.does(ROTATE, { id, s: 0 })).rotateWebhookSecret.secret;
  await ada.sends(channelId, 'signed once');
  const one = await receiver.next();
  expect(contentOf(one, last)).toMatchObject({ type: 'MessageAdded' });
  for (const old of [secret, rotated.secret]) expect(() => contentOf(one, old)).toThrow('signature');
});

test('the number of webhooks per channel is limited, also under concurrency', async () => {
  const made = await Promise.allSettled(Array.from({ length: 22 }, () => createWebhook(ada)));
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  const input = { url: receiver.url, events: ['*'], channelId };
  expect(await ada.isRefused(CREATE, { input })).toEqual({ code: 'LIMIT_EXCEEDED' });
});

describe('the log', () => {
  const REMOVE = 'mutation ($id: ID!) { deleteMessage(id: $id) { deletedAt } }';
  const AGAIN = 'mutation ($id: ID!) { redeliverWebhookDelivery(id: $id) { status } }';

  test('does not keep the text of a deleted message', async () => {
    const { secret } = await createWebhook(ada, { events: ['MessageAdded', 'MessageEdited'] });
    const message = await bob.sends(channelId, 'hush');
    await bob.does(EDIT, { id: message.id, body: 'hush hush' });
    const added = await receiver.next();
    await receiver.next();
    const other = await bob.sends(channelId, 'speak up');
    const kept = await receiver.next();
    const { deletedAt } = (await bob.does(REMOVE, message)).deleteMessage;
    await using database = await openTestDatabase(messaging);
    const log = 'select body from messaging.webhook_deliveries where message_id in (?)';
    const bodies = await database.orm.em.fork().execute<{ body: string }[]>(log, [[message.id, other.id]]);
    expect(bodies.map(({ body }) => /hush|speak/.exec(body)?.[0] ?? '').sort()).toEqual(['', '', 'speak']);
    expect(bodies.some(({ body }) => body === kept.body)).toBe(true);
    await ada.does(AGAIN, { id: added.headers['webhook-id'] });
    const again = contentOf(await receiver.next(), secret);
    const before = contentOf(added, secret);
    expect(again).toEqual({
      ...before,
      data: { ...before.data, message: { ...before.data.message, body: '', deletedAt } },
    });
  });

  test('gets no text of a message that is deleted concurrently', async () => {
    const { secret } = await createWebhook(ada, { events: ['MessageEdited'] });
    const { id } = await ada.sends(channelId, 'hush');
    await using database = await openTestDatabase(messaging);
    const em = database.orm.em.fork();
    await em.begin();
    await em.execute(`update messaging.messages set body = '', deleted_at = now() where id = ?`, [id]);
    await database.orm.em
      .fork()
      .execute(`insert into messaging.event (stream, seq, type, payload) values (?, 1000, 'MessageEdited', ?::jsonb)`, [
        `channel:${channelId}`,
        JSON.stringify({ messageId: id }),
      ]);
    const isWaiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await eventually(
      async () => (await database.orm.em.fork().execute<unknown[]>(isWaiting)).length > 0,
      'a statement that waits for the lock',
    );
    await em.execute('select messaging.forget_delivered(array[?]::uuid[])', [id]);
    await em.commit();
    expect(contentOf(await receiver.next(), secret).data.message).toMatchObject({ id, body: '' });
  });

  test('keeps nothing of a message that retention has removed', async () => {
    await createWebhook(ada);
    await ada.does('mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }', {
      i: { id: channelId, retentionDays: 1 },
    });
    const { id } = await ada.sends(channelId, 'hush');
    const { body } = await receiver.next();
    await using database = await openTestDatabase(messaging);
    const em = database.orm.em.fork();
    await em.execute(`update messaging.messages set created_at = now() - interval '2 days' where id = ?`, [id]);
    await em.execute(`select graphile_worker.add_job('messaging:remove-expired')`);
    const log = 'select body from messaging.webhook_deliveries where message_id = ?';
    const kept = await eventually(async () => {
      const stored = JSON.parse((await em.execute<{ body: string }[]>(log, [id]))[0]!.body);
      expect(stored.data.message).toBeNull();
      return stored;
    }, 'the removal of the message from the log');
    const sent = JSON.parse(body);
    expect(kept).toEqual({ ...sent, data: { ...sent.data, message: null } });
  });
});

test('redelivers from any state under the same id', async () => {
  const AGAIN = 'mutation ($id: ID!) { redeliverWebhookDelivery(id: $id) { id status attempts } }';
  const { id: webhookId, secret } = await createWebhook(ada);
  await ada.sends(channelId, 'again and again');
  const first = await receiver.next();
  const id = first.headers['webhook-id']!;
  await until(webhookId, isDone);
  for (const person of [bob, eve]) expect(await person.isRefused(AGAIN, { id })).toEqual({ code: 'NOT_FOUND' });
  expect(await ada.isRefused(AGAIN, { id: webhookId })).toEqual({ code: 'NOT_FOUND' });
  receiver.answer = () => 500;
  expect((await ada.does(AGAIN, { id })).redeliverWebhookDelivery).toEqual({ id, status: 'PENDING', attempts: 0 });
  const again = [await receiver.next(), await receiver.next()]; // it is tried again as at first
  for (const request of again) {
    expect([request.headers['webhook-id'], request.body]).toEqual([id, first.body]);
    expect(contentOf(request, secret).data.message.body).toBe('again and again');
  }
  receiver.answer = () => 200;
  expect((await ada.does(AGAIN, { id })).redeliverWebhookDelivery).toMatchObject({ status: 'PENDING' }); // and not only in a second
  await receiver.next();
  const { deliveries } = await until(webhookId, isDone);
  expect(deliveries.edges.map(({ node }: any) => [node.id, node.status, node.responseStatus])).toEqual([
    [id, 'DELIVERED', 200],
  ]);
  receiver.answer = () => 410;
  await ada.does(AGAIN, { id });
  await receiver.next();
  await until(webhookId, (webhook) => webhook.disabledAt !== null);
  expect(await ada.isRefused(AGAIN, { id })).toEqual({ code: 'CONFLICT' });
});

test('moderators of the channel see, create and delete it', async () => {
  const { id } = await createWebhook(ada);
  const DELETE = 'mutation ($id: ID!) { deleteWebhook(id: $id) }';
  const LIST = 'query ($c: ID) { webhooks(channelId: $c) { edges { node { id } } } }';
  const input = { url: receiver.url, events: ['*'], channelId };
  expect(await bob.isRefused(CREATE, { input })).toEqual({ code: 'FORBIDDEN' });
  expect(await eve.isRefused(CREATE, { input })).toEqual({ code: 'NOT_FOUND' });
  expect(await admin.isRefused(CREATE, { input })).toEqual({ code: 'NOT_FOUND' });
  expect(await ada.isRefused(CREATE, { input: { ...input, channelId: null } })).toEqual({ code: 'FORBIDDEN' });
  for (const person of [bob, eve]) {
    expect(await person.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
    expect(await person.isRefused(DELETE, { id })).toEqual({ code: 'NOT_FOUND' });
  }
  expect(await bob.isRefused(LIST, { c: channelId })).toEqual({ code: 'FORBIDDEN' });
  expect(await ada.isRefused(LIST, {})).toEqual({ code: 'FORBIDDEN' });
  expect((await ada.does(LIST, { c: channelId })).webhooks.edges).toEqual([{ node: { id } }]);
  expect((await admin.does('query ($id: ID!) { webhook(id: $id) { url channel { id } } }', { id })).webhook).toEqual({
    url: receiver.url,
    channel: null,
  });
  expect(await ada.does(DELETE, { id })).toEqual({ deleteWebhook: true });
  expect(await ada.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
});

test('its log is paged, newest first', async () => {
  const { id } = await createWebhook(ada);
  for (const body of ['1', '2', '3']) await ada.sends(channelId, body);
  const sent: string[] = [];
  for (let i = 0; i < 3; i++) sent.unshift((await receiver.next()).headers['webhook-id']!);
  const { edges, pageInfo } = (await ada.does(READ, { id, first: 2 })).webhook.deliveries;
  const rest = (await ada.does(READ, { id, first: 2, after: pageInfo.endCursor })).webhook.deliveries;
  expect([...edges, ...rest.edges].map((edge: any) => edge.node.id)).toEqual(sent);
  expect([pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);
});

describe('without private addresses', () => {
  let strict: TestMessaging;
  let owner: Person;
  beforeAll(async () => {
    strict = await startTestMessaging();
    owner = strict.person();
  });
  afterAll(() => strict[Symbol.asyncDispose]());

  test.each([
    'ftp://example.org/',
    'javascript:alert(1)',
    'not a url',
    '',
    'https://user:secret@example.org/',
    'https://user@example.org/',
    `https://example.org/${'x'.repeat(2048)}`,
    'http://localhost/',
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
  ])('refuses the URL %s', async (url) => {
    const input = { url, events: ['*'], channelId: await owner.creates() };
    expect(await owner.isRefused(CREATE, { input })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { url: /^url must/ },
    });
  });

  test.each([[[]], [['Nonsense']], [['messageadded']], [['Mentioned']]])('refuses the events %j', async (events) => {
    const input = { url: 'https://example.org/', events, channelId: await owner.creates() };
    expect(await owner.isRefused(CREATE, { input })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { events: /events/ },
    });
  });

  test('does not send to an address that was allowed only at creation', async () => {
    const channel = await owner.creates();
    const input = { url: 'https://example.org/', events: ['*'], channelId: channel };
    const { id } = (await owner.does(CREATE, { input })).createWebhook;
    await using database = await openTestDatabase(strict);
    await database.orm.em.fork().execute('update messaging.webhooks set url = ? where id = ?', [receiver.url, id]);
    await owner.sends(channel, 'inside');
    const delivery = await eventually(async () => {
      const [first] = (await owner.does(READ, { id })).webhook.deliveries.edges;
      return first?.node.error ? first.node : false;
    }, 'the error of the first attempt');
    expect(delivery).toMatchObject({
      status: 'PENDING',
      attempts: 1,
      responseStatus: null,
      error: 'The URL must not lead to a private address.',
      nextAttemptAt: expect.any(String),
    });
    expect(receiver.waiting()).toBe(0);
  });
});

describe('the creator loses access', () => {
  const ROLE = `mutation ($c: ID!, $u: ID!, $role: MemberRole!) {
    setMemberRole(channelId: $c, userId: $u, role: $role) { role } }`;
  const REMOVE = 'mutation ($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }';
  const BAN = 'mutation ($c: ID!, $u: ID!) { banMember(channelId: $c, userId: $u) }';
  const STATE = 'query ($id: ID!) { webhook(id: $id) { disabledAt disabledReason creator { id } } }';
  const STOPPED = 'subscription { inbox { ... on WebhookDisabled { reason } } }';
  let names: TestNames;
  let keyId: string;

  const activate = async () => {
    for (const [index, person] of [ada, bob, eve, admin].entries()) await names.user(person, `owner${index}`);
  };
  beforeAll(async () => {
    names = await openTestNames(messaging);
    await activate();
  });
  afterAll(() => names[Symbol.asyncDispose]());
  afterEach(activate);
  beforeEach(async () => {
    await names.permit(ada, 'READ', 'WRITE');
    await names.permit(bob, 'READ', 'WRITE');
    await names.permit(admin, 'READ', 'WRITE', 'DELETE', 'MANAGE');
    keyId = await names.key();
    await ada.does(ROLE, { c: channelId, u: bob.id, role: 'MODERATOR' });
  });

  /** The sources of bob's access, and how he loses each. */
  const ways: [string, () => Promise<void>, () => Promise<unknown>, RegExp, (() => Person)?][] = [
    ['removed', keep, () => ada.does(REMOVE, { c: channelId, u: bob.id }), /channel/],
    ['banned', keep, () => ada.does(BAN, { c: channelId, u: bob.id }), /channel/],
    ['gone', keep, () => bob.does('mutation ($c: ID!) { leaveChannel(channelId: $c) }', { c: channelId }), /channel/],
    ['demoted', keep, () => ada.does(ROLE, { c: channelId, u: bob.id, role: 'MEMBER' }), /owners and moderators/],
    ['deactivated', keep, () => names.deactivate(bob), /active/],
    ['deleted', keep, () => names.remove(bob), /active/],
    ['without the grant', byGrant, loseGrant, /channel/],
    ['without the role', byRole, () => names.permit(admin, 'READ', 'WRITE'), /owners and moderators/, () => admin],
    ['without the key', keep, () => names.endKey(keyId), /API key/, () => messaging.byKey(bob, keyId)],
  ];

  async function keep() {}
  async function byGrant() {
    await ada.does(REMOVE, { c: channelId, u: bob.id });
    await names.grant(bob, channelId, 'MANAGE');
    await names.permit(bob, 'READ', 'WRITE');
  }
  async function loseGrant() {
    await names.grant(bob, channelId, null);
    // Grants are cached for half a second unless a change is published.
    const sees = async () =>
      (await bob.does('query ($c: ID!) { channel(id: $c) { id } }', { c: channelId })) as unknown;
    await eventually(() => expect(sees()).rejects.toThrow(), 'the end of the grant');
  }
  async function byRole() {
    await ada.does('mutation ($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }', {
      c: channelId,
      u: [admin.id],
    });
  }

  test.each(ways)('%s: it stops, and says why', async (_how, prepare, lose, reason, creator = () => bob) => {
    await prepare();
    const { id } = await createWebhook(creator());
    await ada.sends(channelId, 'still told');
    expect((await receiver.next()).body).toContain('still told');
    const inbox = await creator().follows(STOPPED);
    await lose();
    await ada.sends(channelId, 'a secret');
    let told: any;
    do [{ inbox: told }] = await inbox.take(1);
    while (told.reason === undefined);
    await inbox.end();
    expect(told.reason).toMatch(reason);
    const { webhook } = await admin.does(STATE, { id });
    expect(webhook).toMatchObject({ disabledAt: expect.any(String), disabledReason: told.reason });
    await ada.sends(channelId, 'another secret');
    expect(receiver.waiting()).toBe(0);
  });

  test('a pending retry is cancelled, and nothing is redelivered', async () => {
    receiver.answer = () => 500;
    const { id } = await createWebhook(bob);
    await ada.sends(channelId, 'written down');
    await receiver.next();
    await ada.does(REMOVE, { c: channelId, u: bob.id });
    receiver.answer = () => 200;
    const { deliveries } = await until(id, isDone);
    expect(deliveries.edges[0].node).toMatchObject({ status: 'FAILED' });
    const again = 'mutation ($id: ID!) { redeliverWebhookDelivery(id: $id) { id } }';
    expect(await admin.isRefused(again, { id: deliveries.edges[0].node.id })).toEqual({ code: 'CONFLICT' });
  });

  test('a moderator who enables it becomes the owner; others cannot enable it', async () => {
    const { id } = await createWebhook(bob);
    await ada.does(REMOVE, { c: channelId, u: bob.id });
    await ada.sends(channelId, 'a secret');
    const reason = async () => (await ada.does(STATE, { id })).webhook.disabledReason;
    await eventually(reason, 'the reason why the webhook is disabled');
    expect(await admin.isRefused(ENABLE, { id })).toEqual({ code: 'FORBIDDEN' }); // manages all, but is not in there
    await ada.does(ENABLE, { id });
    expect((await ada.does(STATE, { id })).webhook).toEqual({
      disabledAt: null,
      disabledReason: null,
      creator: { id: ada.id },
    });
    await ada.sends(channelId, 'for ada');
    expect((await receiver.next()).body).toContain('for ada');
  });

  test('an installation-wide webhook stops when its creator loses the role', async () => {
    const { id } = await createWebhook(admin, { channelId: null });
    const open = await ada.creates({ type: 'PUBLIC' });
    await ada.sends(open, 'told');
    expect((await receiver.next()).body).toContain('told');
    await names.permit(admin, 'READ', 'WRITE');
    await ada.sends(open, 'not told');
    const reason = async () => (await admin.does(STATE, { id })).webhook.disabledReason;
    await eventually(reason, 'the reason why the webhook is disabled');
    expect(await reason()).toMatch(/administrator/);
    expect(receiver.waiting()).toBe(0);
  });
});
