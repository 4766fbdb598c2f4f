/** Template of a feature's test: allowed and refused in one set-up, over the real database and Redis. */
import type { FeatureNames } from './feature-names';

export const test = ({
  type,
  field,
  fields,
  plural,
  subgraph,
  Subgraph,
  up,
}: FeatureNames) => `/** ${type} through the GraphQL API: allowed and refused operations in one set-up. */
import { walkBothWays } from '@chat/kit/testing/pages';
import type { Person } from '@chat/kit/testing/person';
import { startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import { newId } from '@chat/kit/ids';
import { ${subgraph}Variables } from '${up}/config';
import { create${Subgraph} } from '${up}/create-${subgraph}';

const CREATE = 'mutation ($input: Create${type}Input!) { create${type}(input: $input) { id name } }';
const UPDATE = 'mutation ($input: Update${type}Input!) { update${type}(input: $input) { id name } }';
const READ = 'query ($id: ID!) { ${field}(id: $id) { id name } }';
const LIST = \`query ($first: Int, $after: String, $last: Int, $before: String) {
  ${fields}(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }\`;
const CHANGED = 'subscription ($id: ID!, $after: String) { ${field}Changed(id: $id, after: $after) { cursor ${field} { name } } }';

let ${subgraph}: TestSubgraph<unknown, Awaited<ReturnType<typeof create${Subgraph}>>>;
let creator: Person;
let stranger: Person;
let administrator: Person;
let guest: Person;
beforeAll(async () => {
  ${subgraph} = await startTestSubgraph('${subgraph}', ${subgraph}Variables, create${Subgraph});
  administrator = ${subgraph}.person('ADMIN');
  guest = ${subgraph}.person('GUEST');
});
afterAll(() => ${subgraph}[Symbol.asyncDispose]());
beforeEach(() => {
  creator = ${subgraph}.person();
  stranger = ${subgraph}.person();
});

const create = async (name: string) => (await creator.does(CREATE, { input: { name } })).create${type};

test('its creator and administrators see it; to others it does not exist', async () => {
  const { id } = await create('First');
  for (const person of [creator, administrator])
    expect(await person.does(READ, { id })).toEqual({ ${field}: { id, name: 'First' } });
  for (const person of [stranger, guest]) expect(await person.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
  expect(await stranger.isRefused(READ, { id: newId() })).toEqual({ code: 'NOT_FOUND' });
});

test('only its creator changes it', async () => {
  const { id } = await create('First');
  const input = { id, name: 'Second' };
  expect(await stranger.isRefused(UPDATE, { input })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await administrator.isRefused(UPDATE, { input })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await creator.does(UPDATE, { input })).toEqual({ update${type}: input });
});

test('guests create none, and names are one visible line', async () => {
  expect(await guest.isRefused(CREATE, { input: { name: 'First' } })).toMatchObject({ code: 'FORBIDDEN' });
  for (const name of ['', ' ', 'two\\nlines', 'x'.repeat(101)])
    expect(await creator.isRefused(CREATE, { input: { name } })).toMatchObject({ code: 'BAD_USER_INPUT', fields: { name: expect.any(String) } });
});

test('the list holds the viewer’s own ${plural}, newest first', async () => {
  for (const name of ['One', 'Two', 'Three']) await create(name);
  const page = async (args: object) => (await creator.does(LIST, { ...args })).${fields};
  const { forward, backward } = await walkBothWays<{ name: string }>(page, 2);
  expect(forward.map(({ name }) => name)).toEqual(['Three', 'Two', 'One']);
  expect(backward).toEqual(forward);
  expect((await stranger.does(LIST)).${fields}.edges).toEqual([]);
});

test('changes arrive live and can be resumed', async () => {
  const { id } = await create('First');
  expect(await creator.mayFollow(CHANGED, { id })).toBe(true);
  expect(await stranger.mayFollow(CHANGED, { id })).toBe(false);
  const live = await creator.follows(CHANGED, { id });
  await creator.does(UPDATE, { input: { id, name: 'Second' } });
  const { cursor, ${field} } = (await live.next()).data.${field}Changed;
  expect(${field}).toEqual({ name: 'Second' });
  await live.end();

  await creator.does(UPDATE, { input: { id, name: 'Third' } });
  const resumed = await creator.follows(CHANGED, { id, after: cursor });
  expect((await resumed.next()).data.${field}Changed.${field}).toEqual({ name: 'Third' });
  await resumed.end();
});
`;
