/**
 * Searches by words in many passages and their pages: the code of `semanticSearch` and `searchWiki`, without the graph. Vectors are
 * another bench (`hybrid`).
 */
import { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { newId } from '@chat/kit/ids';
import { SearchService } from '../subgraphs/knowledge/src/retrieval/search/search.service';
import { wikiSource } from '../subgraphs/knowledge/src/retrieval/search/wiki.source';
import { PageReader } from '../subgraphs/knowledge/src/wiki/pages/page.reader';
import { WikiSearchService } from '../subgraphs/knowledge/src/wiki/search/wiki-search.service';
import { startKnowledge } from './harness/knowledge';
import { LATENCY_HEAD, latencyRow } from './harness/latency';
import { numberOptions } from './harness/options';
import { heading } from './harness/report';
import { createPassages } from './worlds/passages-world';

const print = (line: string) => process.stdout.write(`${line}\n`);
const viewer: Viewer = {
  id: newId(),
  sessionId: newId(),
  roles: ['USER'],
  permissions: ['READ', 'WRITE'],
  expiresAt: 0,
};

async function main(): Promise<void> {
  const { chunks, samples } = numberOptions({ chunks: 1_000_000, samples: 300 });
  await using knowledge = await startKnowledge();
  await using reader = new PageReader();
  const { database } = knowledge;
  const em = database.fork();
  const began = performance.now();
  await createPassages(em, chunks);
  process.stderr.write(`${chunks} passages after ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  const grants = new Grants(() => database.fork());
  const search = new SearchService([wikiSource(grants)]);
  const wiki = new WikiSearchService(grants, reader);
  const words = async (least: number, most: number) => {
    const rows = await em.execute<{ word: string }[]>(
      'select word from knowledge.bench_words where id >= ? and id < ? order by random() limit ?',
      [least, most, samples],
    );
    return rows.map(({ word }) => word);
  };
  const [frequent, usual, rare] = [await words(0, 200), await words(200, 10_000), await words(10_000, 50_000)];
  const pick = (list: readonly string[], i: number) => list[i % list.length]!;
  const cases: Record<string, (i: number) => string> = {
    'three rare words': (i) => [i, i + 1, i + 2].map((n) => pick(rare, n)).join(' '),
    'a question of eight words': (i) =>
      [
        ...[i, i + 1].map((n) => pick(frequent, n)),
        ...[0, 1, 2, 3].map((n) => pick(usual, i + n)),
        pick(rare, i),
        pick(rare, i + 7),
      ].join(' '),
    'two frequent words': (i) => `${pick(frequent, i)} ${pick(frequent, i + 5)}`,
  };
  const pageCases: Record<string, (i: number) => string> = {
    'a rare word': (i) => pick(rare, i),
    'a usual word': (i) => pick(usual, i),
    'a frequent word': (i) => pick(frequent, i),
    'two frequent words': (i) => `${pick(frequent, i)} ${pick(frequent, i + 5)}`,
    'a rare word with a typing error': (i) => `${pick(rare, i)}x`,
  };
  const how = `${chunks} passages of 40 words of ${Math.ceil(chunks / 10)} pages, a tenth of them restricted; ${samples} searches one after the other by a member, milliseconds. The tables were vacuumed.`;
  print(heading('knowledge: passages by words', how));
  print(LATENCY_HEAD);
  for (const [name, query] of Object.entries(cases))
    print(
      await latencyRow(
        `passages: ${name}`,
        samples,
        async (i) => (await search.search(em, viewer, query(i), { limit: 10 })).length,
      ),
    );
  for (const [name, query] of Object.entries(pageCases))
    print(
      await latencyRow(
        `pages: ${name}`,
        samples,
        async (i) => (await wiki.searchWiki(em, viewer, { query: query(i), first: 10 })).edges.length,
      ),
    );
}

void main();
