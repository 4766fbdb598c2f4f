/** Properties of sharing keys: different requests never have equal keys, regardless of their content. */
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import type { Viewer } from '@chat/kit/auth/viewer';
import { CLIENT_ADDRESS_HEADER, CLIENT_AGENT_HEADER } from '@chat/kit/auth/client';
import { OperationPreparer, type OperationText } from '../planning/prepare';
import { canonicalJson } from '../subscriptions/canonical-json';
import { LiveOperation } from '../subscriptions/live-operation';
import { Supergraph } from '../supergraph/supergraph';
import { newsroomSupergraph } from '../testing/newsroom';
import { callerKey } from './request-pipeline';

const supergraph = new Supergraph(newsroomSupergraph());

/** Fragments of names, documents and counts that could confuse a key. */
const pieces = (...more: string[]) =>
  fc
    .array(fc.constantFrom('A', 'B', '\n', ' ', ',', '1', '9', '"', ...more), { maxLength: 6 })
    .map((all) => all.join(''));

const document = pieces(
  'query A { stories(desk: "a") { id } }',
  'query B { stories(desk: "b") { id } }',
  '{ stories(desk: "c") { id } }',
);
const text: fc.Arbitrary<OperationText> = fc.record({
  query: document,
  operationName: fc.oneof(fc.constant(undefined), fc.constant(null), pieces(), fc.constantFrom('A', 'B', '')),
});

/** The result of preparing a text, without object identities. */
function outcome(preparer: OperationPreparer, given: OperationText): unknown {
  const prepared = preparer.prepare(supergraph, given);
  return 'errors' in prepared ? prepared.errors.map(({ message }) => message) : [prepared.name, prepared.key];
}

test('the result of a text does not depend on earlier texts', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 8 }), (texts) => {
      const shared = new OperationPreparer();
      for (const given of texts) expect(outcome(shared, given)).toEqual(outcome(new OperationPreparer(), given));
    }),
    {
      numRuns: 60,
      examples: [
        [
          [
            { query: 'query A { stories(desk: "a") { id } }', operationName: '' },
            { query: 'query A { stories(desk: "a") { id } }' },
          ],
        ],
        [
          [
            { query: 'A\nquery A { stories(desk: "a") { id } }' },
            { query: 'query A { stories(desk: "a") { id } }', operationName: 'A' },
          ],
        ],
      ],
    },
  );
});

const viewer: fc.Arbitrary<Viewer | null> = fc.option(
  fc.record({
    id: pieces(),
    sessionId: pieces(),
    roles: fc.array(pieces(), { maxLength: 2 }),
    permissions: fc.array(pieces(), { maxLength: 2 }),
    expiresAt: fc.constant(0),
  }),
);
const caller = fc.record({
  viewer,
  headers: fc.record({ [CLIENT_ADDRESS_HEADER]: pieces(), [CLIENT_AGENT_HEADER]: pieces() }, { requiredKeys: [] }),
});

test('callers share if and only if they are equal', () => {
  fc.assert(
    fc.property(caller, caller, (one, other) => {
      expect(callerKey(structuredClone(one))).toBe(callerKey(one));
      expect(callerKey(one) === callerKey(other)).toBe(isDeepStrictEqual(structuredClone(one), structuredClone(other)));
    }),
    { numRuns: 2_000 },
  );
});

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('variables have equal JSON if and only if they have equal values', () => {
  const variables = fc.dictionary(pieces(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
  fc.assert(
    fc.property(variables, variables, (one, other) => {
      const reversed = Object.fromEntries(Object.entries(one).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(one));
      expect(canonicalJson(one) === canonicalJson(other)).toBe(isDeepStrictEqual(asJson(one), asJson(other)));
    }),
    { numRuns: 2_000 },
  );
});

function liveOperation(query: string): LiveOperation {
  const preparer = new OperationPreparer();
  const prepared = preparer.prepare(supergraph, { query });
  const live = 'errors' in prepared ? prepared : LiveOperation.from(prepared, preparer);
  if ('errors' in live) throw new Error(live.errors.join('\n'));
  return live;
}

test('subscriptions share if and only if operation, variables, viewer and privacy are equal', () => {
  const operations = ['headline', 'readByViewer', 'headline id'].map((fields) =>
    liveOperation(`subscription ($desk: ID!) { storyPublished(desk: $desk) { ${fields} } }`),
  );
  const asked = fc.record({
    operation: fc.constantFrom(0, 1, 2),
    desk: pieces(),
    viewer,
    isPrivate: fc.boolean(),
  });
  type Asked = typeof asked extends fc.Arbitrary<infer Value> ? Value : never;
  const identity = ({ operation, desk, viewer, isPrivate }: Asked) =>
    operations[operation]!.sharingKey({ desk }, viewer, isPrivate);
  /** The part of the viewer that the operation depends on. */
  const parts = ({ operation, viewer, isPrivate, ...others }: Asked) => {
    const isOwn = isPrivate || operation === 1;
    const whose = viewer && isOwn ? [viewer.id, viewer.roles, viewer.permissions] : viewer !== null;
    return { operation, isPrivate, whose, ...others };
  };
  fc.assert(
    fc.property(asked, asked, (one, other) => {
      expect(identity(one) === identity(other)).toBe(isDeepStrictEqual(parts(one), parts(other)));
    }),
    { numRuns: 2_000 },
  );
});
