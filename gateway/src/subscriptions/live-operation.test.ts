/** What makes two subscriptions the same, and where their cursors are found and put. */
import { print } from 'graphql';
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
     extend type Subscription {
       changes(desk: ID!, since: ID = "start"): Change! @resumable(argument: "since", cursor: "cursor")
     }`,
  ),
);

function live(query: string, given: Record<string, unknown> = {}) {
  const preparer = new OperationPreparer();
  const original = preparer.prepare(supergraph, { query });
  if ('errors' in original) throw new Error(original.errors.join('\n'));
  const coerced = coerceVariables(original, given);
  if ('errors' in coerced) throw new Error(coerced.errors.join('\n'));
  const operation = LiveOperation.from(original, preparer);
  if (!(operation instanceof LiveOperation)) throw new Error(operation.errors.join('\n'));
  const own = operation.ownVariables(coerced.variables);
  return { operation, own, cursor: operation.cursorGiven(coerced.variables), key: operation.identity(own, 'ada') };
}

describe('the cursor that a client gives', () => {
  const events = (rest: string, head = '') => `subscription ${head} { deskEvents(desk: "d"${rest}) { cursor } }`;
  test.each([
    ['as a variable', events(', after: $after', '($after: String)'), { after: '7' }, '7'],
    ['as null', events(', after: $after', '($after: String)'), { after: null }, undefined],
    ['not at all', events(', after: $after', '($after: String)'), {}, undefined],
    ['by a variable’s default', events(', after: $after', '($after: String = "3")'), {}, '3'],
    ['in the text', events(', after: "5"'), {}, '5'],
    ['without the argument', events(''), {}, undefined],
    [
      'in a fragment',
      'subscription { ...S } fragment S on Subscription { deskEvents(desk: "d", after: "5") { cursor } }',
      {},
      '5',
    ],
    ['by the argument’s default', 'subscription { changes(desk: "d") { __typename } }', {}, 'start'],
  ])('%s', (_how, query, variables, expected) => {
    expect(live(query, variables).cursor).toBe(expected);
  });

  test('does not part those who ask for the same', () => {
    const keys = [
      live(events(', after: $after', '($after: String)'), { after: '7' }),
      live(events(', after: $other', 'Name($other: String = "3")')),
      live(events('')),
      live(events(', after: "5"')),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(1);
  });
});

test('other arguments, selections and variables part subscribers; the order of input fields does not', () => {
  const query = 'subscription ($desk: ID!) { deskEvents(desk: $desk) { cursor } }';
  expect(live(query, { desk: '1' }).key).toBe(live(query, { desk: '1', unused: true }).key);
  expect(live(query, { desk: '1' }).key).not.toBe(live(query, { desk: '2' }).key);
  expect(live(query, { desk: '1' }).key).not.toBe(live(query.replace('cursor', '__typename'), { desk: '1' }).key);
});

test('a field that depends on the viewer parts viewers, also behind fragments and interfaces', () => {
  const query =
    'subscription { deskEvents(desk: "d") { ...E } } fragment E on DeskEvent { ... on StoryFiled { story { readByViewer } } }';
  const { operation, own } = live(query);
  expect(operation.identity(own, 'ada')).not.toBe(operation.identity(own, 'bob'));
  const shared = live(query.replace('readByViewer', 'id'));
  expect(shared.operation.identity(shared.own, 'ada')).toBe(shared.operation.identity(shared.own, 'bob'));
});

test('a variable that is used for more than resuming stays part of the operation', () => {
  const query = 'subscription ($x: ID!) { changes(desk: $x, since: $x) { __typename } }';
  const { operation, own, cursor } = live(query, { x: 'd' });
  expect([own, cursor]).toEqual([{ x: 'd' }, 'd']);
  expect(primaryRequest(operation.prepared, operation.upstreamVariables(own, '9')).request.variables).toEqual({
    x: 'd',
    resumeFrom: '9',
  });
});

test('a variable of the client’s that has our name is left alone', () => {
  const { operation, own } = live('subscription ($resumeFrom: ID!) { deskEvents(desk: $resumeFrom) { cursor } }', {
    resumeFrom: 'd',
  });
  expect(operation.upstreamVariables(own, '9')).toEqual({ resumeFrom: 'd', resumeFrom_: '9' });
});

test('the cursor is added for every member of a union, read from events, and taken out of results', () => {
  const { operation } = live('subscription { alias: changes(desk: "d") { ... on DeskClosed { reason } } }');
  expect(print(operation.prepared.document).match(/__cursor: cursor/g)).toHaveLength(2);
  const event = { data: { alias: { __typename: 'DeskClosed', reason: null, __cursor: '4' } } };
  expect(operation.cursorOf(event)).toBe('4');
  expect(operation.strip(event)).toEqual({ data: { alias: { __typename: 'DeskClosed', reason: null } } });
  expect(operation.cursorOf({ data: null })).toBeUndefined();
  expect(operation.strip({ data: null })).toEqual({ data: null });
});

test('a field that cannot be resumed has no cursor', () => {
  const { operation, own, cursor } = live('subscription { storyPublished(desk: "d") { id } }');
  expect([operation.isResumable, cursor, operation.upstreamVariables(own, '9')]).toEqual([false, undefined, {}]);
});
