/** Accounts by id, by search, in pages, and by references of other subgraphs. */
import { startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let ada: Login;
let bob: Login;
beforeAll(async () => {
  identity = await startIdentity();
  ada = await identity.register('ada');
  bob = await identity.register('bob');
  for (const name of ['carol', 'dave']) await identity.register(name);
});
afterAll(() => identity[Symbol.asyncDispose]());

const USER = 'query ($id: ID!) { user(id: $id) { id username displayName roles } }';
const USERS = `query ($search: String, $first: Int, $after: String, $last: Int, $before: String) {
  users(search: $search, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { username } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } totalCount
  }
}`;
interface Users {
  users: {
    edges: { node: { username: string } }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string; startCursor: string };
    totalCount: number;
  };
}
const names = ({ users }: Users) => users.edges.map((edge) => edge.node.username);

test('me is the viewer, and requires a token', async () => {
  const query = '{ me { id username email roles permissions } }';
  expect((await identity.get<{ me: object }>(query, {}, ada.accessToken)).me).toEqual({
    id: ada.id,
    username: 'ada',
    email: 'ada@example.org',
    roles: ['USER'],
    permissions: ['READ', 'WRITE'],
  });
  expect((await identity.ask(query)).error?.code).toBe('UNAUTHENTICATED');
});

test('other accounts are found by id, without private fields', async () => {
  const { user } = await identity.get<{ user: object }>(USER, { id: bob.id }, ada.accessToken);
  expect(user).toEqual({ id: bob.id, username: 'bob', displayName: 'bob', roles: ['USER'] });
  const { data, error } = await identity.ask(`{ user(id: "${bob.id}") { id email } }`, {}, ada.accessToken);
  expect({ data, code: error?.code }).toEqual({ data: { user: { id: bob.id, email: null } }, code: 'FORBIDDEN' });
});

test.each(['', 'not-an-id', '018f0000-0000-7000-8000-000000000000'])('no account has the id %j', async (id) => {
  expect((await identity.ask(USER, { id }, ada.accessToken)).error?.code).toBe('NOT_FOUND');
});

test('the list is sorted, counted and paged in both directions', async () => {
  const first = await identity.get<Users>(USERS, { first: 3 }, ada.accessToken);
  expect([names(first), first.users.totalCount]).toEqual([['ada', 'bob', 'carol'], 4]);
  expect(first.users.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  const rest = await identity.get<Users>(USERS, { first: 3, after: first.users.pageInfo.endCursor }, ada.accessToken);
  expect(names(rest)).toEqual(['dave']);
  expect(rest.users.pageInfo.hasNextPage).toBe(false);
  const back = await identity.get<Users>(USERS, { last: 2, before: rest.users.pageInfo.startCursor }, ada.accessToken);
  expect(names(back)).toEqual(['bob', 'carol']);
});

test('search finds parts of names without regard to case, and treats wildcards literally', async () => {
  const found = await identity.get<Users>(USERS, { search: 'AR' }, ada.accessToken);
  expect([names(found), found.users.totalCount]).toEqual([['carol'], 1]);
  expect(names(await identity.get<Users>(USERS, { search: '%' }, ada.accessToken))).toEqual([]);
  expect(names(await identity.get<Users>(USERS, { search: '\\' }, ada.accessToken))).toEqual([]);
});

test.each([{ after: 'nonsense' }, { first: 0 }, { first: 101 }, { first: 1, last: 1 }])(
  'refuses the page %j',
  async (variables) => {
    expect((await identity.ask(USERS, variables, ada.accessToken)).error?.code).toBe('BAD_USER_INPUT');
  },
);

test('other subgraphs refer to accounts by id', async () => {
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { displayName } } }';
  const variables = { r: [bob.id, 'unknown', ada.id].map((id) => ({ __typename: 'User', id })) };
  expect(await identity.get(query, variables, ada.accessToken)).toEqual({
    _entities: [{ displayName: 'bob' }, null, { displayName: 'ada' }],
  });
  expect(await identity.get(query, variables)).toEqual({ _entities: [null, null, null] });
});
