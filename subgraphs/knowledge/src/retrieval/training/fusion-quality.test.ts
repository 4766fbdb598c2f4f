/** Adding vectors lowers the quality of a search in no language: they count only where the encoder knows the language. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { startTestSubgraph } from '@chat/kit/testing/test-subgraph';
import { languageOf } from '@chat/kit/text-analysis/language';
import { createHash } from 'node:crypto';
import { knowledgeVariables } from '../../config';
import { createKnowledge } from '../../create-knowledge';
import type { KnowledgeParts } from '../../feature';
import { writeSource } from '../indexing/chunk.store';
import { SourceIndexer } from '../indexing/source.indexer';
import { SearchService } from '../search/search.service';
import { PackagedEncoder, type Encoder } from '../vectors/encoder';
import { QdrantStore } from '../vectors/stores/qdrant.store';
import { FakeQdrant } from '../vectors/stores/testing/fake-qdrant';
import { VectorIndex } from '../vectors/vector-index';
import { measuresOf } from './measures';
import { ENGLISH, GERMAN, type QuestionedPassage } from './testing/questioned-passages';
import { READABLE_DOCUMENTS } from './readable-documents';

const viewer: Viewer = { id: newId(), sessionId: newId(), roles: ['USER'], permissions: ['READ'], expiresAt: 0 };
const log = createLogger('test', 'silent');

/** The packaged encoder in English. The vectors of other texts are noise: the worst that an encoder makes of a language that it does not know. */
class EnglishEncoder implements Encoder {
  readonly name: string;
  readonly minSimilarity = 0;

  constructor(
    private readonly packaged: PackagedEncoder,
    readonly languages: readonly string[],
  ) {
    this.name = languages.join('-');
  }

  dimensions(): Promise<number> {
    return this.packaged.dimensions();
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    const vectors = await this.packaged.embed(texts);
    return vectors.map((vector, i) => (languageOf(texts[i]!) === 'en' ? vector : noiseOf(texts[i]!, vector.length)));
  }
}

function noiseOf(text: string, size: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: size }).update(text).digest();
  const vector = Float32Array.from(bytes, (byte) => byte - 127.5);
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}

interface Quality {
  English: number;
  German: number;
}

const stack = new AsyncDisposableStack();
const passageOf = new Map<string, QuestionedPassage>();
let em: EntityManager;
/** MRR@10 without vectors, with those of an English encoder, and with those of the same encoder if it claims to know German. */
let lexical: Quality;
let hybrid: Quality;
let misled: Quality;
beforeAll(async () => {
  const env = { EMBEDDINGS_ENABLED: 'false' };
  const knowledge = stack.use(await startTestSubgraph('knowledge', knowledgeVariables, createKnowledge, env));
  em = (knowledge.subgraph as unknown as { parts: KnowledgeParts }).parts.fork();
  const indexer = stack.use(new SourceIndexer());
  const sources = [...ENGLISH, ...GERMAN].map((passage) => ({ id: newId(), passage }));
  // Twice, as compounds are split by the words of the whole corpus.
  for (const _ of [1, 2])
    for (const { id, passage } of sources) {
      const prepared = await indexer.prepare(em, { kind: 'DOCUMENT', id, title: '', text: passage.text });
      await em.transactional((tx) => writeSource(tx, prepared));
      passageOf.set(id, passage);
    }
  const qdrant = stack.use(await FakeQdrant.start());
  const packaged = stack.use(new PackagedEncoder());
  lexical = await qualityOf(new SearchService([READABLE_DOCUMENTS]));
  hybrid = await qualityOf(await searchWith(new EnglishEncoder(packaged, ['en']), qdrant));
  misled = await qualityOf(await searchWith(new EnglishEncoder(packaged, ['en', 'de']), qdrant));
}, 60_000);
afterAll(() => stack.disposeAsync());

async function searchWith(encoder: Encoder, { url }: FakeQdrant): Promise<SearchService> {
  const store = new QdrantStore({ url, prefix: encoder.name });
  const vectors = new VectorIndex({ encoders: [encoder], store, sources: [READABLE_DOCUMENTS], log });
  await vectors.synchronise(em);
  return new SearchService([READABLE_DOCUMENTS], vectors);
}

async function qualityOf(search: SearchService): Promise<Quality> {
  const mrr = async (passages: readonly QuestionedPassage[]) => {
    const ranks: number[] = [];
    for (const passage of passages)
      for (const question of passage.questions) {
        const hits = await search.search(em, viewer, question, { limit: 10 });
        ranks.push(hits.findIndex(({ sourceId }) => passageOf.get(sourceId) === passage) + 1);
      }
    return measuresOf(ranks).mrr10;
  };
  return { English: await mrr(ENGLISH), German: await mrr(GERMAN) };
}

test.each(['English', 'German'] as const)(
  'in %s, a search with vectors is at least as good as one without',
  (language) => expect(hybrid[language]).toBeGreaterThanOrEqual(lexical[language]),
);

test('these questions tell: English gains by vectors, and German would lose by those of an English encoder', () => {
  expect(hybrid.English).toBeGreaterThan(lexical.English);
  expect(misled.German).toBeLessThan(lexical.German);
});
