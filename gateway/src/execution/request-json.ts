/** The JSON of subgraph requests. A fetch sends one query text with many variables, so its text is escaped once. */
import { LRUCache } from 'lru-cache';
import type { GraphQLRequest } from '@chat/kit/graphql/service';
import type { RequestParts } from './http-post';

/** Remembered queries of one subgraph. */
const MAX_QUERIES = 2_000;

/** A request as JSON, whole and in parts; without variables it has no parts. */
interface RequestText {
  body: string;
  parts?: RequestParts;
}

interface Head {
  operationName: string | undefined;
  /** The JSON up to the variables, without the closing brace. */
  json: string;
  /** The JSON without variables. */
  head: string;
}

export class RequestJson {
  private readonly heads = new LRUCache<string, Head>({ max: MAX_QUERIES });

  of({ query, operationName, variables: given }: GraphQLRequest): RequestText {
    const { json, head } = this.headOf(query, operationName);
    if (given === undefined) return { body: head };
    const variables = JSON.stringify(given);
    return { body: `${json},"variables":${variables}}`, parts: { head, variables } };
  }

  private headOf(query: string, operationName: string | undefined): Head {
    const known = this.heads.get(query);
    if (known && known.operationName === operationName) return known;
    const head = JSON.stringify({ query, operationName });
    const fresh = { operationName, head, json: head.slice(0, -1) };
    this.heads.set(query, fresh);
    return fresh;
  }
}
