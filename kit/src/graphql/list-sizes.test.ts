/** `@listSize` by construction: from a connection's own arguments, and demanded if a list has none. */
import { parse, print, stripIgnoredCharacters } from 'graphql';
import { assumedSize, slicedBy, unsizedLists, withConnectionSizes } from './list-sizes';

const TYPES = `
  type Thing { id: ID! parts: [Thing!]! names: [String!]! }
  type ThingEdge { node: Thing! }
  type ThingConnection { edges: [ThingEdge!]! nodes: [Thing!] pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean! }
`;
const sized = (field: string) => {
  const document = withConnectionSizes(parse(`type Query { ${field} } ${TYPES}`));
  return /^type Query\{(.*?)\}type /.exec(stripIgnoredCharacters(print(document)))![1];
};

test('a connection is as large as first or last, else as its default page', () => {
  expect(sized('things(first: Int after: String last: Int before: String): ThingConnection!')).toBe(
    'things(first:Int after:String last:Int before:String):ThingConnection!' +
      '@listSize(slicingArguments:["first" "last"]assumedSize:20 sizedFields:["edges" "nodes"]requireOneSlicingArgument:false)',
  );
  expect(sized('things(first: Int after: String): ThingConnection')).toContain('slicingArguments:["first"]');
});

test('a size given by hand stays', () => {
  const field = 'things(first:Int):ThingConnection@listSize(assumedSize:3 sizedFields:["edges"])';
  expect(sized(field)).toBe(field);
});

test('a connection without a size does not build, on an interface neither', () => {
  expect(() => sized('things(search: String): ThingConnection')).toThrow('Query.things is a connection without a size');
  expect(() => withConnectionSizes(parse(`interface Box { things: ThingConnection! } ${TYPES}`))).toThrow('Box.things');
});

test('lists of objects are named until they have a size; those inside a connection and of scalars have none to have', () => {
  const document = (directive: string) =>
    withConnectionSizes(
      parse(
        `type Query { things(first: Int): ThingConnection! } ${TYPES.replace('[Thing!]! names', `[Thing!]! ${directive} names`)}`,
      ),
    );
  expect(unsizedLists(document(''))).toEqual(['Thing.parts']);
  expect(unsizedLists(document(assumedSize(10)))).toEqual([]);
  expect(unsizedLists(document(slicedBy('first')))).toEqual([]);
});
