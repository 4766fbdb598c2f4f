/** Walks any Relay connection page by page in both directions. Holds no query and no node type. */
import type { Connection, PageArguments } from '../graphql/connection';

type FetchPage<Node> = (page: PageArguments) => Promise<Connection<Node>>;

/** All nodes in list order, by `first` and `after`, and again by `last` and `before`. */
export async function walkBothWays<Node>(
  fetch: FetchPage<Node>,
  size: number,
): Promise<{ forward: Node[]; backward: Node[] }> {
  const forward: Node[] = [];
  for (let after: string | null = null; ;) {
    const { edges, pageInfo } = await fetch({ first: size, after });
    forward.push(...edges.map(({ node }) => node));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  const backward: Node[] = [];
  for (let before: string | null = null; ;) {
    const { edges, pageInfo } = await fetch({ last: size, before });
    backward.unshift(...edges.map(({ node }) => node));
    if (!pageInfo.hasPreviousPage) break;
    before = pageInfo.startCursor;
  }
  return { forward, backward };
}
