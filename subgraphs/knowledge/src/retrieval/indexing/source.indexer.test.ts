/** Re-indexing of changed texts: what is written, what keeps its vectors, and how much disk it takes. */
// cspell:words Krankenhaus Kranken
import type { EntityManager } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import { startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import fc from 'fast-check';
import { knowledgeVariables } from '../../config';
import { createKnowledge } from '../../create-knowledge';
import type { KnowledgeParts } from '../../feature';
import { removeSource, writeSource, type IndexedSource } from './chunk.store';
import { SourceIndexer } from './source.indexer';

let knowledge: TestSubgraph<unknown, Awaited<ReturnType<typeof createKnowledge>>>;
let em: EntityManager;
const indexer = new SourceIndexer();
beforeAll(async () => {
  const env = { EMBEDDINGS_ENABLED: 'false' };
  knowledge = await startTestSubgraph('knowledge', knowledgeVariables, createKnowledge, env);
  em = (knowledge.subgraph as unknown as { parts: KnowledgeParts }).parts.fork();
});
afterAll(async () => {
  await indexer[Symbol.asyncDispose]();
  await knowledge[Symbol.asyncDispose]();
});

const newSource = (): IndexedSource => ({ kind: 'DOCUMENT', id: newId() });
const prepare = (source: IndexedSource, text: string) => indexer.prepare(em, { ...source, title: 'Report', text });

async function index(source: IndexedSource, text: string): Promise<void> {
  const prepared = await prepare(source, text);
  expect(await em.transactional((tx) => writeSource(tx, prepared))).toBe(true);
}

const remove = (source: IndexedSource) => em.transactional((tx) => removeSource(tx, source));

const chunksOf = ({ id }: IndexedSource) =>
  em.execute<{ id: string; body: string }[]>(
    'select id, title, body, position, words, lexemes from knowledge.chunks where source_id = ? order by position',
    [id],
  );

/** A paragraph that fills a chunk; its last sentence is too long to be repeated in the next one. */
const paragraph = (topic: string) => `${`The ${topic} stands beside the river and `.repeat(20)}waits for ${topic}.`;

test('chunks that stay the same keep their row, wherever they move', async () => {
  const source = newSource();
  await index(source, ['heron', 'crane', 'stork', 'swan'].map(paragraph).join('\n\n'));
  const [heron, crane, , swan] = await chunksOf(source);
  await index(source, ['swan', 'egret', 'heron', 'crane', 'crane'].map(paragraph).join('\n\n'));
  const after = await chunksOf(source);
  expect(after.map(({ body }) => body)).toEqual(['swan', 'egret', 'heron', 'crane', 'crane'].map(paragraph));
  expect([after[0]!.id, after[2]!.id, after[3]!.id]).toEqual([swan!.id, heron!.id, crane!.id]);
  await remove(source);
});

test('a source that lost a chunk since it was prepared is not written', async () => {
  const source = newSource();
  await index(source, paragraph('heron'));
  const prepared = await prepare(source, [paragraph('heron'), paragraph('crane')].join('\n\n'));
  await remove(source);
  expect(await em.transactional((tx) => writeSource(tx, prepared))).toBe(false);
  expect(await chunksOf(source)).toEqual([]);
});

test('after any changes, a source has the chunks and the corpus the counts of a fresh index', async () => {
  const topics = fc.array(fc.constantFrom('heron', 'crane', 'Krankenhaus', 'Haus', 'Kranken'), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(topics, { minLength: 1, maxLength: 4 }), async (versions) => {
      const [changed, fresh] = [newSource(), newSource()];
      const texts = versions.map((version) => version.map(paragraph).join('\n\n'));
      for (const text of texts) await index(changed, text);
      await index(fresh, texts.at(-1)!);
      const withoutId = async (source: IndexedSource) => (await chunksOf(source)).map(({ id: _, ...chunk }) => chunk);
      expect(await withoutId(changed)).toEqual(await withoutId(fresh));
      const wrong = await em.execute(
        `select * from (select lexeme, count(*)::int as chunks from knowledge.chunks, unnest(lexemes) lexeme group by 1) a
         full join (select * from knowledge.chunk_words where chunks <> 0) b using (lexeme)
         where a.chunks is distinct from b.chunks`,
      );
      expect(wrong).toEqual([]);
      await remove(changed);
      await remove(fresh);
      expect(await em.execute('select chunks::int, words::int from knowledge.chunk_totals')).toEqual([
        { chunks: 0, words: 0 },
      ]);
    }),
    { numRuns: 15 },
  );
});

test('twenty re-indexings of a changing document at most double the disk that it takes', async () => {
  const source = newSource();
  const topics = Array.from({ length: 200 }, (_, i) => `bird ${i}`);
  const write = () => index(source, topics.map(paragraph).join('\n\n'));
  const size = async () => {
    const [row] = await em.execute<{ bytes: string }[]>(
      `select pg_total_relation_size('knowledge.chunks') + pg_total_relation_size('knowledge.chunk_words') as bytes`,
    );
    return Number(row!.bytes);
  };
  await em.execute('vacuum full knowledge.chunks');
  await write();
  const before = await size();
  for (let i = 0; i < 20; i++) {
    topics[i * 7] = `new bird ${i}`;
    await write();
  }
  expect(await size()).toBeLessThan(2 * before);
  await remove(source);
});

test('a long text is prepared in threads while the event loop goes on', async () => {
  const words = (i: number) => Array.from({ length: 120 }, (_, w) => `word${i}x${w}`).join(' ');
  const text = Array.from({ length: 300 }, (_, i) => `${words(i)}.`).join('\n\n');
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const { chunks } = await prepare(newSource(), text);
  clearInterval(timer);
  expect(chunks.length).toBeGreaterThanOrEqual(300);
  // On the event loop, the preparation would leave no turn.
  expect(turns).toBeGreaterThan(10);
});
