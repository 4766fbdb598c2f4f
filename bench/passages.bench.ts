/**
 * Searches by words in many passages and their pages: the code of `semanticSearch` and `searchWiki`, without the graph. Vectors are
 * another bench (`hybrid`).
 */
import { Grants } from '@chat/identity-client/access/grants';
import { SearchService } from '../subgraphs/knowledge/src/retrieval/search/search.service';
import { wikiSource } from '../subgraphs/knowledge/src/retrieval/search/wiki.source';
import { PageReader } from '../subgraphs/knowledge/src/wiki/pages/page.reader';
import { WikiSearchService } from '../subgraphs/knowledge/src/wiki/search/wiki-search.service';
import { MEMBER, startKnowledge } from './harness/knowledge';
import { LATENCY_HEAD, latencyRow } from './harness/latency';
import { numberOptions } from './harness/options';
import { heading } from './harness/report';
import { createPassages, FREQUENT, RARE, USUAL, wordsBetween } from './worlds/passages-world';

const print = (line: string) => process.stdout.write(`${line}\n`);

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
  const frequent = await wordsBetween(em, FREQUENT, samples);
  const usual = await wordsBetween(em, USUAL, samples);
  const rare = await wordsBetween(em, RARE, samples);
  const cases: Record<string, (i: number) => string> = {
    'three rare words': (i) => [i, i + 1, i + 2].map(rare).join(' '),
    'a question of eight words': (i) =>
      [...[i, i + 1].map(frequent), ...[0, 1, 2, 3].map((n) => usual(i + n)), rare(i), rare(i + 7)].join(' '),
    'two frequent words': (i) => `${frequent(i)} ${frequent(i + 5)}`,
  };
  const pageCases: Record<string, (i: number) => string> = {
    'a rare word': rare,
    'a usual word': usual,
    'a frequent word': frequent,
    'two frequent words': (i) => `${frequent(i)} ${frequent(i + 5)}`,
    'a rare word with a typing error': (i) => `${rare(i)}x`,
  };
  const how = `${chunks} passages of 40 words of ${Math.ceil(chunks / 10)} pages, a tenth of them restricted; ${samples} searches one after the other by a member, milliseconds. The tables were vacuumed.`;
  print(heading('knowledge: passages by words', how));
  print(LATENCY_HEAD);
  for (const [name, query] of Object.entries(cases))
    print(
      await latencyRow(
        `passages: ${name}`,
        samples,
        async (i) => (await search.search(em, MEMBER, query(i), { limit: 10 })).length,
      ),
    );
  for (const [name, query] of Object.entries(pageCases))
    print(
      await latencyRow(
        `pages: ${name}`,
        samples,
        async (i) => (await wiki.searchWiki(em, MEMBER, { query: query(i), first: 10 })).edges.length,
      ),
    );
}

void main();
