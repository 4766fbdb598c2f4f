/** Every connection of identity, paged in both directions, and queried with forged cursors. */
import type { Connection, PageArguments } from '@chat/kit/graphql/connection';
import { encodeCursor } from '@chat/kit/graphql/cursor';
import { walkBothWays } from '@chat/kit/testing/pages';
import { administratorOf } from './testing/administrator';
import { startIdentity, type IdentityUnderTest, type Login } from './testing/identity-under-test';

const NAMES = ['ada', 'bob', 'carol', 'dave', 'erin'];

let identity: IdentityUnderTest;
let admin: Login;
let groupId: string;
beforeAll(async () => {
  identity = await startIdentity();
  admin = await administratorOf(identity);
  const people = [];
  for (const name of NAMES) people.push(await identity.register(name));
  const input = { name: 'team', memberIds: people.map(({ id }) => id) };
  const made = await identity.get<{ createGroup: { id: string } }>(
    'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id } }',
    { input },
    admin.accessToken,
  );
  groupId = made.createGroup.id;
  for (const { id } of people)
    await identity.get(
      `mutation ($id: ID!) { grantPermission(input: { userId: $id, resourceType: "Channel", resourceId: "c1", permission: READ }) { id } }`,
      { id },
      admin.accessToken,
    );
});
afterAll(() => identity[Symbol.asyncDispose]());

const PAGE = '$first: Int, $after: String, $last: Int, $before: String';
const ARGUMENTS = 'first: $first, after: $after, last: $last, before: $before';
const CONNECTION = (node: string) =>
  `{ edges { cursor node { ${node} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;

/** Name in cursors, field with its node's selection, and path of the connection in the data. */
const LISTS: [list: string, query: () => string, expected: readonly string[] | undefined][] = [
  ['users', () => `users(${ARGUMENTS}) ${CONNECTION('name: username')}`, ['ada', 'admin', ...NAMES.slice(1)]],
  ['groupMembers', () => `groups { members(${ARGUMENTS}) ${CONNECTION('name: username')} }`, NAMES],
  [
    'grants',
    () => `grants(resourceType: "Channel", resourceId: "c1", ${ARGUMENTS}) ${CONNECTION('user { username }')}`,
    NAMES,
  ],
  ['auditLog', () => `auditLog(${ARGUMENTS}) ${CONNECTION('name: id')}`, undefined],
];

interface Named {
  name?: string;
  user?: { username: string };
}

const fetchBy = (query: string) => async (page: PageArguments) => {
  const data = await identity.get<Record<string, unknown>>(
    `query (${PAGE}) { ${query} }`,
    { ...page },
    admin.accessToken,
  );
  const [found] = Object.values(data);
  return (Array.isArray(found) ? found[0].members : found) as Connection<Named>;
};

test.each(LISTS)('%s is the same list from both ends', async (_list, query, expected) => {
  const nameOf = ({ name, user }: Named) => name ?? user!.username;
  const fetch = fetchBy(query());
  const whole = (await fetch({ first: 100 })).edges.map(({ node }) => nameOf(node));
  expect(whole.length).toBeGreaterThan(4);
  expect(new Set(whole).size).toBe(whole.length);
  if (expected) expect(whole).toEqual(expected);
  for (const size of [1, 2, whole.length, 100]) {
    const { forward, backward } = await walkBothWays(fetch, size);
    expect(forward.map(nameOf)).toEqual(whole);
    expect(backward.map(nameOf)).toEqual(whole);
  }
  const { edges } = await fetch({ last: 2 });
  expect(edges.map(({ node }) => nameOf(node))).toEqual(whole.slice(-2));
});

test.each(LISTS)('%s refuses forged cursors and invalid page sizes', async (list, query) => {
  const operation = `query (${PAGE}) { ${query()} }`;
  const codeFor = async (page: PageArguments) =>
    (await identity.ask(operation, { ...page }, admin.accessToken)).error?.code;
  const made = [[{}], [1], ['no number'], ['9'.repeat(40)], ['a', 'b'], [groupId, 1]] as (string | number)[][];
  for (const values of made) {
    const cursor = encodeCursor(list, ...values);
    for (const page of [
      { first: 1, after: cursor },
      { last: 1, before: cursor },
    ]) {
      const code = await codeFor(page);
      // Any single text is a valid position in a list that is sorted by name.
      const isPlace = ['users', 'groupMembers'].includes(list) && values.length === 1 && typeof values[0] === 'string';
      expect([values, code]).toEqual([values, isPlace ? undefined : 'BAD_USER_INPUT']);
    }
  }
  for (const page of [{ last: 0 }, { last: 101 }, { last: -1 }, { first: 1, last: 1 }, { last: 1, after: 'x' }])
    expect([page, await codeFor(page)]).toEqual([page, 'BAD_USER_INPUT']);
});

test('the last members of a group, with the count of all', async () => {
  const query = `{ groups { members(last: 2) { totalCount pageInfo { hasNextPage hasPreviousPage } edges { node { username } } } } }`;
  expect(await identity.get(query, {}, admin.accessToken)).toEqual({
    groups: [
      {
        members: {
          totalCount: 5,
          pageInfo: { hasNextPage: false, hasPreviousPage: true },
          edges: [{ node: { username: 'dave' } }, { node: { username: 'erin' } }],
        },
      },
    ],
  });
});
