/** Sharing keys of subscriptions, and the handling of cursors. */
import { print } from 'graphql';
import type { Viewer } from '@chat/kit/auth/viewer';
import { coerceVariables } from '../planning/coerce-variables';
import { OperationPreparer } from '../planning/prepare';
import { Supergraph } from '../supergraph/supergraph';
import { primaryRequest } from '../execution/executor';
import { DESKS_SDL, newsroomSupergraph } from '../testing/newsroom';
import { LiveOperation } from './live-operation';

const supergraph = new Supergraph(
  newsroomSupergraph(
    `${DESKS_SDL}
     union Change = StoryFiled | DeskClosed
     scalar Position
     type Mark { at: Position! number: Int! }
     extend type Subscription {
       marks(at: Position): Mark! @resumable(argument: "at", cursor: "at")
       numbered(from: ID!): Mark! @resumable(argument: "from", cursor: "number")
       batches(after: [Int!]): Mark! @resumable(argument: "after", cursor: "at")
       lists(after: Int): [Mark!]! @resumable(argument: "after", cursor: "number")
       headlinesFrom(after: Int! = 0): Headline! @resumable(argument: "after", cursor: "number")
       changes(desk: ID!, since: ID = "start"): Change! @resumable(argument: "since", cursor: "cursor")
     }`,
  ),
);

const viewer = (id: string, permissions = ['READ']): Viewer => ({
  id,
  sessionId: id,
  roles: [],
  permissions,
  expiresAt: Infinity,
});
const [ada, bob] = [viewer('ada'), viewer('bob')];

function live(query: string, given: Record<string, unknown> = {}, version = supergraph) {
  const preparer = new OperationPreparer();
  const original = preparer.prepare(version, { query });
  if ('errors' in original) throw new Error(original.errors.join('\n'));
  const coerced = coerceVariables(original, given);
  if ('errors' in coerced) throw new Error(coerced.errors.join('\n'));
  const operation = LiveOperation.from(original, preparer);
  if (!(operation instanceof LiveOperation)) throw new Error(operation.errors.join('\n'));
  const own = operation.ownVariables(coerced.variables);
  return { operation, own, cursor: operation.cursorGiven(coerced.variables), key: operation.sharingKey(own, ada) };
}

describe('the client’s cursor', () => {
  const events = (rest: string, head = '') => `subscription ${head} { deskEvents(desk: "d"${rest}) { cursor } }`;
  test.each([
    ['as a variable', events(', after: $after', '($after: String)'), { after: '7' }, '"7"'],
    ['as null', events(', after: $after', '($after: String)'), { after: null }, undefined],
    ['not at all', events(', after: $after', '($after: String)'), {}, undefined],
    ['by a variable’s default', events(', after: $after', '($after: String = "3")'), {}, '"3"'],
    ['in the text', events(', after: "5"'), {}, '"5"'],
    ['without the argument', events(''), {}, undefined],
    [
      'in a fragment',
      'subscription { ...S } fragment S on Subscription { deskEvents(desk: "d", after: "5") { cursor } }',
      {},
      '"5"',
    ],
    ['by the argument’s default', 'subscription { changes(desk: "d") { __typename } }', {}, '"start"'],
    [
      'as the argument’s default, without a variable',
      'subscription ($since: ID) { changes(desk: "d", since: $since) { __typename } }',
      {},
      '"start"',
    ],
    ['as null in spite of a default', 'subscription { changes(desk: "d", since: null) { __typename } }', {}, undefined],
    ['by the default of a required argument', 'subscription { headlinesFrom { number } }', {}, '0'],
    ['as a number for an ID', 'subscription { numbered(from: 7) { number } }', {}, '"7"'],
    [
      'as a literal of a custom scalar',
      'subscription { marks(at: { z: [1, "2"], a: 2.5 }) { at } }',
      {},
      '{"a":2.5,"z":[1,"2"]}',
    ],
    [
      'as variables within a custom scalar',
      'subscription ($n: Position) { marks(at: { n: $n, a: true }) { at } }',
      { n: 5 },
      '{"a":true,"n":5}',
    ],
    ['as a list', 'subscription { batches(after: [1, 2]) { at } }', {}, '[1,2]'],
    ['as one of a list', 'subscription { batches(after: 1) { at } }', {}, '[1]'],
  ])('%s', (_how, query, variables, expected) => {
    expect(live(query, variables).cursor).toBe(expected);
  });

  test('does not affect the sharing key', () => {
    const keys = [
      live(events(', after: $after', '($after: String)'), { after: '7' }),
      live(events(', after: $other', 'Name($other: String = "3")')),
      live(events('')),
      live(events(', after: "5"')),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(1);
  });
});

test('arguments, selections and variables affect the sharing key; the order of input fields does not', () => {
  const query = 'subscription ($desk: ID!) { deskEvents(desk: $desk) { cursor } }';
  expect(live(query, { desk: '1' }).key).toBe(live(query, { desk: '1', unused: true }).key);
  expect(live(query, { desk: '1' }).key).not.toBe(live(query, { desk: '2' }).key);
  expect(live(query, { desk: '1' }).key).not.toBe(live(query.replace('cursor', '__typename'), { desk: '1' }).key);
});

test('a viewer-dependent field separates viewers, also behind fragments and interfaces', () => {
  const query =
    'subscription { deskEvents(desk: "d") { ...E } } fragment E on DeskEvent { ... on StoryFiled { story { readByViewer } } }';
  const { operation, own } = live(query);
  expect(operation.sharingKey(own, ada)).not.toBe(operation.sharingKey(own, bob));
  const shared = live(query.replace('readByViewer', 'id'));
  const key = viewer('ada', []); // an API key with fewer rights
  expect(operation.sharingKey(own, ada)).not.toBe(operation.sharingKey(own, key));
  expect(shared.operation.sharingKey(shared.own, ada)).toBe(shared.operation.sharingKey(shared.own, bob));
});

test('a field that requires a viewer-dependent field separates viewers', () => {
  const summary = new Supergraph(
    newsroomSupergraph(
      DESKS_SDL,
      {},
      `extend type Story @key(fields: "id") { id: ID! readByViewer: Boolean! @external summary: String! @requires(fields: "readByViewer") }`,
    ),
  );
  const query = 'subscription { storyPublished(desk: "d") { summary } }';
  const { operation, own } = live(query, {}, summary);
  expect(operation.sharingKey(own, ada)).not.toBe(operation.sharingKey(own, bob));
});

test('anonymous and logged-in subscribers do not share', () => {
  const { operation, own } = live('subscription { storyPublished(desk: "d") { id } }');
  expect(operation.sharingKey(own, null)).not.toBe(operation.sharingKey(own, ada));
});

test('a variable that is also used elsewhere stays in the sharing key', () => {
  const query = 'subscription ($x: ID!) { changes(desk: $x, since: $x) { __typename } }';
  const { operation, own, cursor } = live(query, { x: 'd' });
  expect([own, cursor]).toEqual([{ x: 'd' }, '"d"']);
  expect(primaryRequest(operation.prepared, operation.upstreamVariables(own, '"9"')).request.variables).toEqual({
    x: 'd',
    resumeFrom: '9',
  });
});

test('a client variable with the gateway’s name is kept', () => {
  const { operation, own } = live('subscription ($resumeFrom: ID!) { deskEvents(desk: $resumeFrom) { cursor } }', {
    resumeFrom: 'd',
  });
  expect(operation.upstreamVariables(own, '"9"')).toEqual({ resumeFrom: 'd', resumeFrom_: '9' });
});

test('the cursor is selected on every union member, read from events and removed from results', () => {
  const { operation } = live('subscription { alias: changes(desk: "d") { ... on DeskClosed { reason } } }');
  expect(print(operation.prepared.document).match(/__cursor: cursor/g)).toHaveLength(2);
  const event = { data: { alias: { __typename: 'DeskClosed', reason: null, __cursor: '4' } } };
  expect(operation.cursorOf(event)).toBe('"4"');
  expect(operation.strip(event)).toEqual({ data: { alias: { __typename: 'DeskClosed', reason: null } } });
  expect(operation.cursorOf({ data: null })).toBeUndefined();
  expect(operation.strip({ data: null })).toEqual({ data: null });
});

describe('a cursor keeps its type', () => {
  const cases: [string, string, Record<string, unknown>, unknown, string][] = [
    ['a text', 'deskEvents(desk: "d") { cursor }', { deskEvents: { __cursor: '04' } }, '04', 'String'],
    ['a number', 'headlines(desk: "d") { text }', { headlines: { __cursor: 4 } }, 4, 'Int'],
    ['a number of a required argument', 'headlinesFrom { text }', { headlinesFrom: { __cursor: 4 } }, 4, 'Int!'],
    ['a number that an ID resumes', 'numbered(from: "1") { at }', { numbered: { __cursor: 4 } }, '4', 'ID!'],
    ['a number of a custom scalar', 'marks { number }', { marks: { __cursor: 4 } }, 4, 'Position'],
    ['a text of a custom scalar', 'marks { number }', { marks: { __cursor: '4' } }, '4', 'Position'],
    ['a truth value', 'marks { number }', { marks: { __cursor: false } }, false, 'Position'],
    ['an object', 'marks { number }', { marks: { __cursor: { b: 1, a: ['x'] } } }, { b: 1, a: ['x'] }, 'Position'],
    ['a list', 'batches { number }', { batches: { __cursor: [1, 2] } }, [1, 2], '[Int!]'],
  ];
  test.each(cases)('%s', (_what, selection, data, expected, type) => {
    const { operation, own } = live(`subscription { ${selection} }`);
    const { request } = primaryRequest(
      operation.prepared,
      operation.upstreamVariables(own, operation.cursorOf({ data })),
    );
    expect(request.variables).toEqual({ resumeFrom: expected });
    expect(request.query).toContain(`$resumeFrom:${type}`);
  });
});

test('a subscriber without a cursor begins now, and not at the default of the resume argument', () => {
  const { operation, own } = live('subscription { changes(desk: "d", since: null) { __typename } }');
  expect(operation.upstreamVariables(own, undefined)).toEqual({ resumeFrom: null });
});

test('a list field cannot be resumed, and its selection is unchanged', () => {
  const { operation } = live('subscription { lists { number } }');
  expect([operation.isResumable, print(operation.prepared.document).includes('__cursor')]).toEqual([false, false]);
});

test('a client’s response key with the gateway’s name is kept', () => {
  const { operation } = live('subscription { deskEvents(desk: "d") { __cursor: __typename } }');
  const event = { data: { deskEvents: { __cursor: 'StoryFiled', __cursor_: '4' } } };
  expect(operation.cursorOf(event)).toBe('"4"');
  expect(operation.strip(event)).toEqual({ data: { deskEvents: { __cursor: 'StoryFiled' } } });
});

test('a field without @resumable has no cursor', () => {
  const { operation, own, cursor } = live('subscription { storyPublished(desk: "d") { id } }');
  expect([operation.isResumable, cursor, operation.upstreamVariables(own, '9')]).toEqual([false, undefined, {}]);
});
