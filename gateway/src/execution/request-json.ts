/** The JSON of subgraph requests. A fetch sends one query text with many variables, so its text is escaped once. */
import { LRUCache } from 'lru-cache';
import type { GraphQLRequest } from '@chat/kit/graphql/service';

/** Remembered queries of one subgraph. */
const MAX_QUERIES = 2_000;

interface Head {
  operationName: string | undefined;
  /** The JSON up to the variables, without the closing brace. */
  json: string;
}

export class RequestJson {
  private readonly heads = new LRUCache<string, Head>({ max: MAX_QUERIES });

  of({ query, operationName, variables }: GraphQLRequest): string {
    const { json } = this.headOf(query, operationName);
    return variables === undefined ? `${json}}` : `${json},"variables":${JSON.stringify(variables)}}`;
  }

  private headOf(query: string, operationName: string | undefined): Head {
    const known = this.heads.get(query);
    if (known && known.operationName === operationName) return known;
    const head = { operationName, json: JSON.stringify({ query, operationName }).slice(0, -1) };
    this.heads.set(query, head);
    return head;
  }
}
