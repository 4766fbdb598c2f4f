/**
 * Orders the first passages of a search anew, by a model that reads question and passage together. If the model fails, is late or does not
 * know the language, the fusion's order stays.
 */
import { LlamaRanker } from '@chat/kit/language-models/llama.ranker';
import type { TextRanker } from '@chat/kit/language-models/text-ranker';
import type { Logger } from '@chat/kit/logging';
import type { KnowledgeConfig } from '../../config';

interface Ranked {
  title: string;
  text: string;
  score: number;
}

/** The longest that a search waits for the model, in milliseconds. */
const DEADLINE_MS = 5000;
/** After a failure, searches do not ask the model for this long, in milliseconds. */
const PAUSE_MS = 5000;

export interface RerankingOptions {
  languages: readonly string[];
  /** How many of the first passages it orders. */
  passages: number;
  log: Logger;
}

/** Undefined without a model. */
export function createReranking(config: KnowledgeConfig, log: Logger): Reranking | undefined {
  const { RERANKER_MODEL_PATH: path, RERANKER_LANGUAGES: languages, RERANKER_PASSAGES: passages } = config;
  return path === undefined ? undefined : new Reranking(new LlamaRanker({ path }), { languages, passages, log });
}

export class Reranking implements AsyncDisposable {
  private pausedUntil = 0;

  constructor(
    private readonly ranker: TextRanker,
    private readonly options: RerankingOptions,
  ) {}

  /** @param hits best first. A place keeps its score, whichever passage comes to it */
  async order<Hit extends Ranked>(
    question: string,
    language: string | undefined,
    hits: readonly Hit[],
  ): Promise<readonly Hit[]> {
    const { languages, passages, log } = this.options;
    if (
      language === undefined ||
      !languages.includes(language) ||
      hits.length < 2 ||
      performance.now() < this.pausedUntil
    )
      return hits;
    const first = hits.slice(0, passages);
    try {
      const texts = first.map(({ title, text }) => (title === '' ? text : `${title}\n${text}`));
      const ranks = await this.ranker.rank(question, texts, AbortSignal.timeout(DEADLINE_MS));
      const order = [...first.keys()].sort((a, b) => ranks[b]! - ranks[a]!);
      return hits.map((hit, place) => {
        const from = order[place];
        return from === undefined ? hit : { ...first[from]!, score: hit.score };
      });
    } catch (error) {
      this.pausedUntil = performance.now() + PAUSE_MS;
      log.warn({ err: error, model: this.ranker.name }, 'the re-ranking model failed; the order of the fusion stays');
      return hits;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ranker[Symbol.asyncDispose]?.();
  }
}
