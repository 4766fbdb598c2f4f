/** A knowledge subgraph over the PostgreSQL and Redis of the test run, with authors of pages and terms. */
import { startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import { Person } from '@chat/kit/testing/person';
import { knowledgeVariables, type KnowledgeConfig } from '../config';
import { createKnowledge } from '../create-knowledge';

export type TestKnowledge = TestSubgraph<KnowledgeConfig, Awaited<ReturnType<typeof createKnowledge>>, KnowledgePerson>;

export class KnowledgePerson extends Person {
  /** Creates a page. */
  async writes(input: { title: string; body: string } & Record<string, unknown>) {
    const { createWikiPage } = await this.does(
      'mutation ($input: CreatePageInput!) { createWikiPage(input: $input) { id slug title version locale } }',
      { input },
    );
    return createWikiPage as { id: string; slug: string; title: string; version: number; locale: string };
  }

  /** Changes a page. */
  async changes(input: { id: string; baseVersion: number } & Record<string, unknown>) {
    const { updateWikiPage } = await this.does(UPDATE_PAGE, { input });
    return updateWikiPage as { version: number; title: string; body: string; updatedBy: { id: string } };
  }

  /** The slugs of the pages that a search finds, best first. */
  async finds(query: string, filter: Record<string, unknown> = {}): Promise<string[]> {
    const { searchWiki } = await this.does(
      `query ($query: String!, $category: ID, $tags: [String!]) {
         searchWiki(query: $query, category: $category, tags: $tags) { edges { node { page { slug } } } } }`,
      { query, ...filter },
    );
    return searchWiki.edges.map((edge: { node: { page: { slug: string } } }) => edge.node.page.slug);
  }
}

export const UPDATE_PAGE =
  'mutation ($input: UpdatePageInput!) { updateWikiPage(input: $input) { version title body updatedBy { id } } }';

export const startTestKnowledge = (): Promise<TestKnowledge> =>
  startTestSubgraph('knowledge', knowledgeVariables, createKnowledge, {}, KnowledgePerson);
