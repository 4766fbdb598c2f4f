/** Relay's connections (GraphQL Cursor Connections Specification): types, arguments and paging in both directions. */
import 'reflect-metadata';
import { Directive, Field, ObjectType, type ClassType } from 'type-graphql';
import { badUserInput } from '../errors';
import { decodeCursor, encodeCursor, notAListCursor } from './cursor';
import { refuseWrong, wrongFieldsIn } from './wrong-fields';

@Directive('@shareable')
@ObjectType({ description: 'Where a page stands in its list (Relay cursor connections).' })
export class PageInfo {
  @Field({ description: 'Whether there is more after this page.' })
  hasNextPage!: boolean;

  @Field({ description: 'Whether there is more before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'List cursor of the first edge; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'List cursor of the last edge; null on an empty page.' })
  endCursor!: string | null;
}

export interface Edge<Node> {
  cursor: string;
  node: Node;
}

export interface Connection<Node> {
  edges: Edge<Node>[];
  pageInfo: PageInfo;
}

export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/**
 * Declares the GraphQL type `<name>Edge` and the fields of a connection. Extend it by the connection's own class:
 * `@ObjectType({ description }) export class UserConnection extends connectionType('User', () => User) {}`
 */
export function connectionType<Node extends object>(
  name: string,
  node: () => ClassType<Node>,
): ClassType<Connection<Node>> {
  @ObjectType(`${name}Edge`, { description: `One item of a list (${name}) and its place in it.` })
  class NodeEdge {
    @Field({
      description:
        'List cursor: the opaque place of this item, for `after` and `before` of the same list. Not an event cursor.',
    })
    cursor!: string;

    @Field(() => node() as never, { description: `The ${name}.` })
    node!: Node;
  }

  @ObjectType()
  class NodeConnection {
    @Field(() => [NodeEdge], { description: 'In the order of the list, whichever direction was asked for.' })
    edges!: NodeEdge[];

    @Field(() => PageInfo, { description: 'Where the page stands.' })
    pageInfo!: PageInfo;
  }
  return NodeConnection;
}

/** The maximum and the default size of a page. */
export const MAX_PAGE_SIZE = 100;
export const DEFAULT_PAGE_SIZE = 20;

/** A page to fetch: `limit` includes one row more than the page, which tells whether the list goes on. */
export interface PageRequest {
  isBackward: boolean;
  size: number;
  limit: number;
  /** The sort values after which (backward: before which) the page starts. */
  from?: (string | number)[];
}

/**
 * @param sortValues how many values the list is sorted by; a cursor has as many
 * @throws BAD_USER_INPUT on a size outside 1 to {@link MAX_PAGE_SIZE}, on both directions at once, on a foreign cursor.
 */
export function pageRequest(list: string, { first, after, last, before }: PageArguments, sortValues = 1): PageRequest {
  const isBackward = last != null || (before != null && first == null);
  if (isBackward && (first != null || after != null))
    throw badUserInput({ last: 'Page with first and after, or with last and before.' });
  const argument = isBackward ? 'last' : 'first';
  const size = (isBackward ? last : first) ?? DEFAULT_PAGE_SIZE;
  const cursor = isBackward ? before : after;
  const request: PageRequest = { isBackward, size, limit: size + 1 };
  const wrongSize =
    size < 1 || size > MAX_PAGE_SIZE ? { [argument]: `${argument} must be between 1 and ${MAX_PAGE_SIZE}.` } : {};
  const wrongCursor = wrongFieldsIn(() => {
    if (cursor == null) return;
    request.from = decodeCursor(list, cursor, isBackward ? 'before' : 'after');
    if (request.from.length !== sortValues) throw foreignCursor(request);
  });
  refuseWrong(wrongSize, wrongCursor);
  return request;
}

/** For a list cursor whose values are not sort values of the list. */
export const foreignCursor = ({ isBackward }: Pick<PageRequest, 'isBackward'>) =>
  notAListCursor(isBackward ? 'before' : 'after');

/** The sort value of the cursor, for a list that is sorted by one; undefined without a cursor. @throws BAD_USER_INPUT on others. */
export function sortValue<Value>(
  request: PageRequest,
  isSortValue: (value: unknown) => value is Value,
): Value | undefined {
  if (!request.from) return undefined;
  const [value] = request.from;
  if (!isSortValue(value)) throw foreignCursor(request);
  return value;
}

export const isText = (value: unknown): value is string => typeof value === 'string';

/** Makes a connection of up to `request.limit` rows that were fetched in the request's direction. */
export function toConnection<Row, Node = Row>(
  list: string,
  request: PageRequest,
  rows: readonly Row[],
  sortValues: (row: Row) => (string | number)[],
  node: (row: Row) => Node = (row) => row as unknown as Node,
): Connection<Node> {
  const page = rows.slice(0, request.size);
  if (request.isBackward) page.reverse();
  const hasMore = rows.length > request.size;
  const edges = page.map((row) => ({ cursor: encodeCursor(list, ...sortValues(row)), node: node(row) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: request.isBackward ? request.from !== undefined : hasMore,
      hasPreviousPage: request.isBackward ? hasMore : request.from !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** Descriptions for the arguments of a connection field. */
export const pageArgumentDescriptions = {
  first: `How many, from the start or after \`after\`: 1 to ${MAX_PAGE_SIZE}, default ${DEFAULT_PAGE_SIZE}.`,
  after: 'Starts after this list cursor. BAD_USER_INPUT if it is not of this list.',
  last: `How many, from the end or before \`before\`: 1 to ${MAX_PAGE_SIZE}.`,
  before: 'Ends before this list cursor. BAD_USER_INPUT if it is not of this list.',
};
