/** Projects and tickets in the contract's operations: numbered, changed, commented, on a board, followed live. */
import type { Data, Person } from '../harness/person';
import type { System } from '../harness/system';

export function projects(system: System): void {
  let ada: Person;
  let bob: Person;
  let guest: Person;
  let keys = 0;
  beforeAll(async () => {
    [ada, bob, guest] = await Promise.all([system.person('ada'), system.person('bob'), system.guest('Passing by')]);
  });

  const createProject = (): Promise<Data> =>
    ada.does('CreateProject', { input: { key: `OPS${++keys}`, name: 'Operations' } });
  const createTicket = (projectId: string, title: string, more: object = {}): Promise<Data> =>
    ada.does('CreateTicket', { input: { projectId, title, ...more } });

  test('a project has a unique key, and is in the list', async () => {
    const project = await createProject();
    expect(project).toEqual({ id: expect.any(String), key: `OPS${keys}`, name: 'Operations' });
    const again = { input: { key: project.key.toLowerCase(), name: 'Copy' } };
    expect((await bob.isRefused('CreateProject', again)).code).toMatch(/^(CONFLICT|BAD_USER_INPUT)$/);
    expect((await bob.isRefused('CreateProject', { input: { key: project.key, name: 'Copy' } })).code).toBe('CONFLICT');
    await createProject();
    const found: Data[] = [];
    let after: string | null = null;
    for (let hasMore = true; hasMore;) {
      const page = await bob.does('Projects', { first: 1, after });
      found.push(...page.edges.map(({ node }: Data) => node));
      ({ hasNextPage: hasMore, endCursor: after } = page.pageInfo);
    }
    expect(found).toContainEqual(project);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    expect((await guest.isRefused('CreateProject', { input: { key: 'MINE', name: 'Mine' } })).code).toBe('FORBIDDEN');
  });

  test('tickets are numbered from 1 without gaps, even if they are created at the same time', async () => {
    const { id } = await createProject();
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((title) => createTicket(id, title)));
    expect(made.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4]);
  });

  test('a ticket is created from a message, assigned, changed, commented, and seen on the board', async () => {
    const { id: channelId } = await ada.does('CreateChannel', { input: { name: 'alarms', memberIds: [bob.id] } });
    const message = await bob.does('SendMessage', { input: { channelId, body: 'It smokes.' } });
    const { id: projectId } = await createProject();
    const ticket = await createTicket(projectId, 'Smoke', {
      priority: 'HIGH',
      assigneeId: bob.id,
      labels: ['fire'],
      sourceMessageId: message.id,
    });
    expect(ticket).toEqual({
      id: expect.any(String),
      number: 1,
      title: 'Smoke',
      status: 'OPEN',
      priority: 'HIGH',
      assignee: { id: bob.id },
      sourceMessage: { id: message.id },
    });
    const { id } = ticket;
    const change = { id, status: 'IN_PROGRESS', labels: ['fire', 'roof'] };
    expect(await bob.does('UpdateTicket', { input: change })).toEqual({
      id,
      status: 'IN_PROGRESS',
      priority: 'HIGH',
      assignee: { id: bob.id },
      labels: ['fire', 'roof'],
    });
    expect(await ada.does('CommentOnTicket', { ticketId: id, body: 'Water is coming.' })).toEqual({
      id: expect.any(String),
      body: 'Water is coming.',
      author: { id: ada.id },
      createdAt: expect.any(String),
    });
    const board = await bob.does('ProjectBoard', { id: projectId });
    expect(board).toEqual({
      id: projectId,
      tickets: {
        edges: [
          {
            node: {
              id,
              number: 1,
              title: 'Smoke',
              status: 'IN_PROGRESS',
              assignee: { id: bob.id, username: bob.username },
            },
          },
        ],
      },
    });
    expect((await guest.isRefused('ProjectBoard', { id: projectId })).code).toBe('NOT_FOUND');
  });

  test('subscribers of a project receive its tickets as they are created and changed', async () => {
    const { id: projectId } = await createProject();
    const watch = await bob.follows('TicketChanged', { projectId });
    await watch.hasBegun(
      () => createTicket(projectId, 'anybody there?'),
      (event, made) => event.id === made.id,
    );
    const { id } = await createTicket(projectId, 'Leak');
    await ada.does('UpdateTicket', { input: { id, status: 'RESOLVED', assigneeId: bob.id } });
    const [first, second] = await watch.take(2);
    expect(first).toMatchObject({ id, title: 'Leak' });
    expect(second).toEqual({ id, title: 'Leak', status: 'RESOLVED', assignee: { id: bob.id } });
    await watch.end();
    expect((await guest.mayNotFollow('TicketChanged', { projectId })).code).toBe('NOT_FOUND');
  });
}
