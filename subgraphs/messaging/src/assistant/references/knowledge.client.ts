/**
 * Asks the knowledge subgraph for terms and pages as a given viewer, so that its own rules decide which of them are readable. Asks by
 * function call in the same process, or over HTTP. Holds no permissions.
 */
import type { Viewer } from '@chat/kit/auth/viewer';
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { GraphQLRequest } from '@chat/kit/graphql/service';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { correlationHeaders, type Logger } from '@chat/kit/logging';
import { readAtMost } from '@chat/kit/read-body';
import type { ExecutionResult } from 'graphql';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

const NAME = 'knowledge';
/** The deadline of an answer, in milliseconds. */
const DEADLINE_MS = 3000;
/** The longest answer over HTTP, in bytes. */
const MAX_BYTES = 4_194_304;

export interface KnownTerm {
  term: string;
  definition: string;
  usageNote: string | null;
  status: 'PROPOSED' | 'APPROVED' | 'DEPRECATED';
  replacement: { term: string } | null;
}

export interface KnownPage {
  id: string;
  slug: string;
  title: string;
  locale: string;
  body: string;
}

export interface Known {
  /** In the language of the question, or else in another one. */
  term: KnownTerm | null;
  /** The best first. */
  pages: KnownPage[];
}

export interface Topic {
  /** As it was written. */
  term: string;
  language: string;
  /** The words that a page must have; empty if there are none. */
  words: readonly string[];
}

const NOTHING: Known = { term: null, pages: [] };

const QUERY = `query References($term: String!, $locale: String!, $query: String!, $hasQuery: Boolean!) {
  own: lookupTerm(term: $term, locale: $locale) { ...Term }
  other: lookupTerm(term: $term) { ...Term }
  searchWiki(query: $query, first: 5) @include(if: $hasQuery) { edges { node { page { id slug title locale body } } } }
}
fragment Term on Term { term definition usageNote status replacement { term } }`;

interface Answer {
  own: KnownTerm | null;
  other: KnownTerm | null;
  searchWiki?: { edges: { node: { page: KnownPage } }[] };
}

export interface KnowledgeClientOptions {
  /** The subgraph's server; without it, and without a subgraph in this process, nothing is known. */
  url: string | undefined;
  viewerHeader: ViewerHeader;
  log: Logger;
  /** The subgraphs of this process. */
  others: readonly Subgraph[];
}

export class KnowledgeClient {
  constructor(private readonly options: KnowledgeClientOptions) {}

  /** Nothing is known while the subgraph is unavailable. @throws the reason of `signal` if it aborts */
  async find(viewer: Viewer, { term, language, words }: Topic, signal: AbortSignal): Promise<Known> {
    const ask = this.asker();
    if (!ask) return NOTHING;
    const query = words.join(' ');
    const variables = { term, locale: language, query: query || '-', hasQuery: query !== '' };
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    try {
      const late = sleep(DEADLINE_MS, undefined, { signal, ref: false }).then(() => {
        throw new Error(`The knowledge subgraph did not answer in ${DEADLINE_MS} ms.`);
      });
      late.catch(() => undefined);
      const { data, errors } = await Promise.race([ask({ query: QUERY, variables }, viewer, deadline), late]);
      if (!data) throw new Error(errors?.[0]?.message ?? 'The knowledge subgraph gave no data.');
      const { own, other, searchWiki } = data as unknown as Answer;
      return { term: own ?? other, pages: searchWiki?.edges.map(({ node }) => node.page) ?? [] };
    } catch (error) {
      signal.throwIfAborted();
      this.options.log.warn({ err: error }, 'the wiki and the dictionary could not be asked');
      return NOTHING;
    }
  }

  private asker() {
    const { others, url, viewerHeader } = this.options;
    const headersFor = (viewer: Viewer) => ({ ...correlationHeaders(), [VIEWER_HEADER]: viewerHeader.sign(viewer) });
    const subgraph = others.find(({ name }) => name === NAME);
    if (subgraph)
      return (asked: GraphQLRequest, viewer: Viewer, signal: AbortSignal): Promise<ExecutionResult> =>
        subgraph.service.execute(asked, { headers: headersFor(viewer), signal });
    if (url === undefined) return undefined;
    return (asked: GraphQLRequest, viewer: Viewer, signal: AbortSignal) =>
      askByHttp(new URL('/graphql', url), asked, headersFor(viewer), signal);
  }
}

async function askByHttp(
  url: URL,
  asked: GraphQLRequest,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<ExecutionResult> {
  const { body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(asked),
    signal,
  });
  const content = await readAtMost(body as AsyncIterable<Buffer>, MAX_BYTES);
  if (!content) throw new Error(`The knowledge subgraph sent more than ${MAX_BYTES} bytes.`);
  return JSON.parse(content.toString()) as ExecutionResult;
}
