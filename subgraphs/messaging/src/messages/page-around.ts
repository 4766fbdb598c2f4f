/** A page of a list of messages around a place. Holds no SQL. */
import { badUserInput } from '@chat/kit/errors';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type Connection, type PageArguments } from '@chat/kit/graphql/connection';

/** The description of the argument. */
export const AROUND =
  'A page around this place: the id of a message of the channel, or an event cursor of the channel such as `Message.cursor`. The size is `first` or `last`; the message is in the middle, or nearer to the end of the list that is closer. BAD_USER_INPUT together with `after` or `before`.';

/** @throws BAD_USER_INPUT if the place is unknown, or of another channel. */
export const unknownPlace = () =>
  badUserInput({ around: 'around must be the id of a message of this channel, or an event cursor of this channel.' });

/** The size of the page. @throws BAD_USER_INPUT if it is out of range or the arguments exclude each other. */
export function sizeAround({ first, after, last, before }: PageArguments): number {
  if (after != null || before != null)
    throw badUserInput({ around: 'around cannot be combined with after or before.' });
  if (first != null && last != null) throw badUserInput({ last: 'Give first or last together with around.' });
  const argument = last != null ? 'last' : 'first';
  const size = first ?? last ?? DEFAULT_PAGE_SIZE;
  if (size < 1 || size > MAX_PAGE_SIZE)
    throw badUserInput({ [argument]: `${argument} must be between 1 and ${MAX_PAGE_SIZE}.` });
  return size;
}

/**
 * @param before up to `size` + 1 rows before the place, the nearest first
 * @param from up to `size` + 1 rows from the place on
 */
export function pageAround<Row, Node>(
  size: number,
  [before, from]: readonly [readonly Row[], readonly Row[]],
  edge: (row: Row) => { cursor: string; node: Node },
): Connection<Node> {
  const earlier = Math.min(before.length, Math.max(Math.floor(size / 2), size - from.length));
  const later = Math.min(from.length, size - earlier);
  const edges = [...before.slice(0, earlier).reverse(), ...from.slice(0, later)].map(edge);
  return {
    edges,
    pageInfo: {
      hasPreviousPage: before.length > earlier,
      hasNextPage: from.length > later,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
