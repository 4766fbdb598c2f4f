/** Relay paging and cursors, as a property: walking a list page by page, either way, visits it exactly once. */
import fc from 'fast-check';
import { pageRequest, toConnection, type PageArguments } from './connection';
import { decodeCursor, encodeCursor } from './cursor';

/** A list 1…size as a database would serve it. */
function fetch(size: number, args: PageArguments) {
  const request = pageRequest('list', args);
  const all = Array.from({ length: size }, (_, index) => index + 1);
  const from = request.from?.[0] as number | undefined;
  const rows = request.isBackward
    ? all.reverse().filter((n) => from === undefined || n < from)
    : all.filter((n) => from === undefined || n > from);
  return toConnection('list', request, rows.slice(0, request.limit), (n) => [n]);
}

test('forward and backward walks see every row once, in order', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 1, max: 20 }), (size, page) => {
      const expected = Array.from({ length: size }, (_, index) => index + 1);
      const forward: number[] = [];
      for (let after: string | null | undefined; ;) {
        const { edges, pageInfo } = fetch(size, { first: page, after });
        forward.push(...edges.map((edge) => edge.node));
        after = pageInfo.endCursor;
        if (!pageInfo.hasNextPage) break;
      }
      expect(forward).toEqual(expected);
      const backward: number[] = [];
      for (let before: string | null | undefined; ;) {
        const { edges, pageInfo } = fetch(size, { last: page, before });
        backward.unshift(...edges.map((edge) => edge.node));
        before = pageInfo.startCursor;
        if (!pageInfo.hasPreviousPage) break;
      }
      expect(backward).toEqual(expected);
    }),
  );
});

test('refuses sizes and directions that make no page', () => {
  for (const args of [{ first: 0 }, { first: 101 }, { last: -1 }, { first: 1, last: 1 }, { last: 1, after: 'x' }])
    expect(() => pageRequest('list', args)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
});

test('refuses cursors that are malformed or belong to another list', () => {
  expect(decodeCursor('list', encodeCursor('list', 7, 'x'))).toEqual([7, 'x']);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.json().map((text) => Buffer.from(text).toString('base64url')),
      ),
      (cursor) => {
        expect(() => decodeCursor('list', cursor)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
      },
    ),
  );
  expect(() => decodeCursor('list', encodeCursor('other', 7))).toThrow();
});
