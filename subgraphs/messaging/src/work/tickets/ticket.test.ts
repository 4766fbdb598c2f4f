/** Projects and their tickets: numbered without gaps, changed by those who may, referred to in messages, and seen live. */
import { newId } from '@chat/kit/ids';
import { whileHeld } from '../../testing/in-turn';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let eve: Person;
let guest: Person;
let admin: Person;
let projectId: string;
let key: string;

const CREATE_PROJECT = 'mutation ($input: CreateProjectInput!) { createProject(input: $input) { id key name } }';
const CREATE = `mutation ($input: CreateTicketInput!) {
  createTicket(input: $input) { id number reference title status priority assignee { id } labels sourceMessage { id } } }`;
const UPDATE = `mutation ($input: UpdateTicketInput!) {
  updateTicket(input: $input) { id title status priority assignee { id } labels } }`;
const COMMENT = `mutation ($ticketId: ID!, $body: String!) {
  commentOnTicket(ticketId: $ticketId, body: $body) { id body author { id } createdAt } }`;
const CHANGED = `subscription ($projectId: ID!, $after: String) {
  ticketChanged(projectId: $projectId, after: $after) { id title status cursor } }`;

let projects = 0;
const newKey = () => `P${(projects++).toString(36).toUpperCase()}`;

const open = async (person: Person, input: Record<string, unknown> = {}) =>
  (await person.does(CREATE, { input: { projectId, title: 'Fix it', ...input } })).createTicket;

beforeAll(async () => {
  messaging = await startTestMessaging();
  [ada, bob, eve, guest, admin] = [
    messaging.person(),
    messaging.person(),
    messaging.person(),
    messaging.person('GUEST'),
    messaging.person('ADMIN'),
  ];
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  key = newKey();
  projectId = (await ada.does(CREATE_PROJECT, { input: { key, name: 'Operations' } })).createProject.id;
});

describe('projects', () => {
  const PAGE = `query ($first: Int, $after: String) { projects(first: $first, after: $after) {
    edges { node { key } } pageInfo { hasNextPage endCursor } } }`;

  test('have a key of their own, whatever its case, and are listed by it', async () => {
    const input = { key: key.toLowerCase(), name: 'Another' };
    expect(await bob.isRefused(CREATE_PROJECT, { input })).toMatchObject({
      code: 'CONFLICT',
      fields: { key: /taken/ },
    });
    await bob.does(CREATE_PROJECT, { input: { ...input, key: newKey() } });
    const keys: string[] = [];
    for (let after: string | null = null; ;) {
      const { edges, pageInfo }: any = (await eve.does(PAGE, { first: 1, after })).projects;
      keys.push(...edges.map((edge: any) => edge.node.key));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(keys).toEqual([...new Set(keys)].sort());
    expect(keys).toContain(key);
  });

  test.each(['', 'X', '1OPS', 'OPS-1', 'ÖPS', 'LONGERTHANTEN', 'A B'])('refuse the key %p', async (wrong) => {
    expect(await ada.isRefused(CREATE_PROJECT, { input: { key: wrong, name: 'x' } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { key: expect.any(String) },
    });
  });

  test('and their members are changed by their creator and administrators only', async () => {
    const ADD =
      'mutation ($p: ID!, $u: [ID!]!) { addProjectMembers(projectId: $p, userIds: $u) { members { user { id } } } }';
    const REMOVE =
      'mutation ($p: ID!, $u: ID!) { removeProjectMember(projectId: $p, userId: $u) { members { user { id } } } }';
    const RENAME = 'mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { name description } }';
    const ids = (project: any) => project.members.map((member: any) => member.user.id);
    expect(await bob.isRefused(ADD, { p: projectId, u: [bob.id] })).toEqual({ code: 'FORBIDDEN' });
    expect(ids((await ada.does(ADD, { p: projectId, u: [bob.id, bob.id] })).addProjectMembers)).toEqual([
      ada.id,
      bob.id,
    ]);
    expect(await ada.isRefused(ADD, { p: projectId, u: ['nobody'] })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await bob.isRefused(RENAME, { input: { id: projectId, name: 'Mine' } })).toEqual({ code: 'FORBIDDEN' });
    expect((await admin.does(RENAME, { input: { id: projectId, name: 'Ours' } })).updateProject).toEqual({
      name: 'Ours',
      description: null,
    });
    expect(ids((await ada.does(REMOVE, { p: projectId, u: bob.id })).removeProjectMember)).toEqual([ada.id]);
  });

  test('do not exist for guests', async () => {
    const READ = 'query ($id: ID!) { project(id: $id) { id } }';
    expect((await eve.does(READ, { id: projectId })).project.id).toBe(projectId);
    expect(await guest.isRefused(READ, { id: projectId })).toEqual({ code: 'NOT_FOUND' });
    expect(await eve.isRefused(READ, { id: newId() })).toEqual({ code: 'NOT_FOUND' });
    expect(await guest.isRefused(PAGE)).toEqual({ code: 'FORBIDDEN' });
    expect(await guest.isRefused(CREATE_PROJECT, { input: { key: newKey(), name: 'x' } })).toEqual({
      code: 'FORBIDDEN',
    });
    expect(await guest.mayFollow(CHANGED, { projectId })).toBe(false);
    expect(await eve.mayFollow(CHANGED, { projectId })).toBe(true);
  });
});

describe('tickets', () => {
  const BOARD = `query ($id: ID!, $first: Int, $after: String, $statuses: [TicketStatus!], $assigneeId: ID, $label: String) {
    project(id: $id) { tickets(first: $first, after: $after, statuses: $statuses, assigneeId: $assigneeId, label: $label) {
      edges { node { number } } pageInfo { hasNextPage endCursor } } } }`;
  const board = async (variables: Record<string, unknown> = {}) => {
    const { tickets } = (await eve.does(BOARD, { id: projectId, ...variables })).project;
    return { numbers: tickets.edges.map((edge: any) => edge.node.number), info: tickets.pageInfo };
  };

  test('get numbers without gaps, also when many are opened at once', async () => {
    const opened = await Promise.all(Array.from({ length: 24 }, (_, i) => open([ada, bob, eve][i % 3]!)));
    const numbers = Array.from({ length: 24 }, (_, i) => i + 1);
    expect(opened.map((ticket) => ticket.number).sort((x, y) => x - y)).toEqual(numbers);
    expect((await board({ first: 50 })).numbers).toEqual(numbers);
  });

  test('start open, of normal priority, with what was given', async () => {
    const channelId = await ada.creates({ members: [bob] });
    const { id: sourceMessageId } = await ada.sends(channelId, 'The lift is stuck');
    const ticket = await open(ada, { labels: ['lift', ' a ', 'lift'], assigneeId: bob.id, sourceMessageId });
    expect(ticket).toEqual({
      id: expect.any(String),
      number: 1,
      reference: `${key}-1`,
      title: 'Fix it',
      status: 'OPEN',
      priority: 'NORMAL',
      assignee: { id: bob.id },
      labels: ['a', 'lift'],
      sourceMessage: { id: sourceMessageId },
    });
    const READ = 'query ($id: ID!) { ticket(id: $id) { number sourceMessage { id } } }';
    expect((await eve.does(READ, { id: ticket.id })).ticket).toEqual({ number: 1, sourceMessage: null });
    expect(await eve.isRefused(CREATE, { input: { projectId, title: 'x', sourceMessageId } })).toEqual({
      code: 'NOT_FOUND',
    });
    expect(await guest.isRefused(READ, { id: ticket.id })).toEqual({ code: 'NOT_FOUND' });
  });

  test.each([
    ['an empty title', { title: ' ' }, 'title'],
    ['an overlong title', { title: 'x'.repeat(201) }, 'title'],
    ['a null byte', { description: 'a\u0000b' }, 'description'],
    ['a label with a comma', { labels: ['a,b'] }, 'labels'],
    ['too many labels', { labels: Array.from({ length: 21 }, (_, i) => `${i}`) }, 'labels'],
    ['an assignee that is no id', { assigneeId: 'bob' }, 'assigneeId'],
  ])('refuse %s', async (_what, input, field) => {
    expect(await ada.isRefused(CREATE, { input: { projectId, title: 'x', ...input } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { [field]: expect.any(String) },
    });
  });

  test('are changed by members, author and assignee, and remember what they were', async () => {
    const { id } = await open(bob);
    const change = (input: Record<string, unknown>) => ({ input: { id, ...input } });
    expect(await eve.isRefused(UPDATE, change({ status: 'CLOSED' }))).toEqual({ code: 'FORBIDDEN' });
    await bob.does(UPDATE, change({ title: 'Mend it', assigneeId: eve.id }));
    await eve.does(UPDATE, change({ status: 'IN_PROGRESS' }));
    const { updateTicket } = await ada.does(
      UPDATE,
      change({ priority: 'URGENT', labels: ['b', 'a'], assigneeId: null }),
    );
    expect(updateTicket).toEqual({
      id,
      title: 'Mend it',
      status: 'IN_PROGRESS',
      priority: 'URGENT',
      assignee: null,
      labels: ['a', 'b'],
    });
    expect(await eve.isRefused(UPDATE, change({ status: 'CLOSED' }))).toEqual({ code: 'FORBIDDEN' });
    await ada.does(UPDATE, change({ priority: 'URGENT', title: null }));
    const HISTORY = `query ($id: ID!, $after: String) { ticket(id: $id) { history(first: 4, after: $after) {
      edges { node { field before after actor { id } } } pageInfo { endCursor hasNextPage } } } }`;
    const first = (await eve.does(HISTORY, { id })).ticket.history;
    const rest = (await eve.does(HISTORY, { id, after: first.pageInfo.endCursor })).ticket.history;
    expect(
      [...first.edges, ...rest.edges].map(({ node }: any) => [node.actor.id, node.field, node.before, node.after]),
    ).toEqual([
      [bob.id, 'TITLE', 'Fix it', 'Mend it'],
      [bob.id, 'ASSIGNEE', null, eve.id],
      [eve.id, 'STATUS', 'OPEN', 'IN_PROGRESS'],
      [ada.id, 'PRIORITY', 'NORMAL', 'URGENT'],
      [ada.id, 'ASSIGNEE', eve.id, null],
      [ada.id, 'LABELS', null, 'a, b'],
    ]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });

  test('are not changed by who was let through and is taken off the project or the ticket before it', async () => {
    const { id } = await open(ada, { assigneeId: bob.id });
    const mine = 'mutation ($id: ID!) { updateTicket(input: { id: $id, assigneeId: null }) { id } }';
    await bob.does(mine, { id });
    await ada.does('mutation ($p: ID!, $u: [ID!]!) { addProjectMembers(projectId: $p, userIds: $u) { id } }', {
      p: projectId,
      u: [bob.id],
    });
    const acts: Promise<unknown>[] = [];
    await whileHeld(
      messaging,
      (client) => client.query('select 1 from messaging.projects where id = $1 for update', [projectId]),
      async (wait) => {
        const removal = 'mutation ($p: ID!, $u: ID!) { removeProjectMember(projectId: $p, userId: $u) { id } }';
        acts.push(ada.does(removal, { p: projectId, u: bob.id }));
        await wait(1);
        acts.push(bob.isRefused(UPDATE, { input: { id, title: 'Mine' } }));
        await wait(2);
      },
    );
    expect((await Promise.all(acts))[1]).toEqual({ code: 'FORBIDDEN' });
  });

  test('lose no change when two people change different values at once', async () => {
    const { id } = await open(ada, { assigneeId: bob.id });
    await Promise.all([
      ada.does(UPDATE, { input: { id, status: 'RESOLVED' } }),
      bob.does(UPDATE, { input: { id, priority: 'LOW' } }),
    ]);
    const READ = 'query ($id: ID!) { ticket(id: $id) { status priority history { edges { node { field } } } } }';
    const { ticket } = await eve.does(READ, { id });
    expect(ticket).toMatchObject({ status: 'RESOLVED', priority: 'LOW' });
    expect(ticket.history.edges).toHaveLength(2);
  });

  test('are discussed by everybody but guests', async () => {
    const { id } = await open(ada);
    const { commentOnTicket } = await eve.does(COMMENT, { ticketId: id, body: 'Seen it too' });
    expect(commentOnTicket).toMatchObject({ body: 'Seen it too', author: { id: eve.id } });
    expect(await guest.isRefused(COMMENT, { ticketId: id, body: 'x' })).toEqual({ code: 'NOT_FOUND' });
    expect(await eve.isRefused(COMMENT, { ticketId: id, body: ' ' })).toMatchObject({ fields: { body: /empty/ } });
    const READ = 'query ($id: ID!) { ticket(id: $id) { comments { edges { node { id } } } } }';
    expect((await bob.does(READ, { id })).ticket.comments.edges).toEqual([{ node: { id: commentOnTicket.id } }]);
  });

  test('are paged and narrowed down', async () => {
    await open(ada, { assigneeId: bob.id, labels: ['lift'] });
    const second = await open(ada, { assigneeId: bob.id });
    await open(ada, { labels: ['lift', 'door'] });
    await ada.does(UPDATE, { input: { id: second.id, status: 'CLOSED' } });
    expect((await board({ statuses: ['OPEN', 'RESOLVED'] })).numbers).toEqual([1, 3]);
    expect((await board({ assigneeId: bob.id, label: 'lift' })).numbers).toEqual([1]);
    expect((await board({ assigneeId: 'nonsense' })).numbers).toEqual([]);
    const { numbers, info } = await board({ first: 2 });
    expect([numbers, info.hasNextPage]).toEqual([[1, 2], true]);
    expect((await board({ first: 2, after: info.endCursor })).numbers).toEqual([3]);
    expect(await eve.isRefused(BOARD, { id: projectId, after: 'x' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('are found by reference, in messages too, by those who may see them', async () => {
    const BY_REFERENCE = 'query ($r: String!) { ticketByReference(reference: $r) { number } }';
    await open(ada);
    await open(ada);
    expect((await eve.does(BY_REFERENCE, { r: `${key.toLowerCase()}-2` })).ticketByReference).toEqual({ number: 2 });
    expect((await eve.does(BY_REFERENCE, { r: `${key}-3` })).ticketByReference).toBeNull();
    expect((await eve.does(BY_REFERENCE, { r: 'nonsense' })).ticketByReference).toBeNull();
    const channelId = await ada.creates({ type: 'PUBLIC' });
    const text = `${key}-2, (${key}-1), ${key}-2 again, ${key}-99, X${key}-1, ${key}-1x, utf-8, ${key.toLowerCase()}-1`;
    const { id, tickets } = await ada.sends(channelId, text, { select: 'id tickets { reference }' });
    expect(tickets).toEqual([{ reference: `${key}-2` }, { reference: `${key}-1` }]);
    const READ = 'query ($id: ID!) { message(id: $id) { tickets { number } } }';
    expect((await guest.does(READ, { id })).message.tickets).toEqual([]);
  });

  test('are entities that other subgraphs may refer to', async () => {
    const { id } = await open(ada);
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { number } ... on Project { key } } }`;
    const variables = {
      r: [
        { __typename: 'Ticket', id },
        { __typename: 'Project', id: projectId },
        { __typename: 'Ticket', id: newId() },
      ],
    };
    expect((await eve.does(query, variables))._entities).toEqual([{ number: 1 }, { key }, null]);
    expect((await guest.does(query, variables))._entities).toEqual([null, null, null]);
  });

  test('are seen live, from now on and from a cursor on', async () => {
    const live = await eve.follows(CHANGED, { projectId });
    const { id } = await open(ada, { title: 'One' });
    const [opened] = await live.take(1);
    expect(opened.ticketChanged).toMatchObject({ id, title: 'One', status: 'OPEN' });
    await ada.does(UPDATE, { input: { id, status: 'RESOLVED' } });
    await eve.does(COMMENT, { ticketId: id, body: 'Thanks' });
    const rest = await live.take(2);
    expect(rest.map((data) => data.ticketChanged.status)).toEqual(['RESOLVED', 'RESOLVED']);
    await live.end();
    const resumed = await bob.follows(CHANGED, { projectId, after: opened.ticketChanged.cursor });
    expect((await resumed.take(2)).map((data) => data.ticketChanged.cursor)).toEqual(
      rest.map((data) => data.ticketChanged.cursor),
    );
    await resumed.end();
    const other = (await ada.does(CREATE_PROJECT, { input: { key: newKey(), name: 'Other' } })).createProject.id;
    await expect(bob.follows(CHANGED, { projectId: other, after: opened.ticketChanged.cursor })).rejects.toThrow(
      'BAD_USER_INPUT',
    );
  });
});
