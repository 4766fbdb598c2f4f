/**
 * Answers questions from passages that the viewer may read: by a language model if one is available, and otherwise by quotation. Each
 * citation has a quote that stands in its source. The answer is text, loads nothing and triggers nothing.
 */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import type { ModelChain } from '@chat/kit/language-models/model-chain';
import { languageOf, type Language } from '@chat/kit/text-analysis/language';
import { cutText } from '@chat/kit/text-analysis/fold';
import { withTranslations } from '../retrieval/search/query-translation';
import type { SearchHit, SearchService } from '../retrieval/search/search.service';
import { bestQuotes, sentencesOf, type NumberedPassage, type Quote } from './extractive';
import { plainAnswer } from './plain-answer';
import { promptOf, UNKNOWN } from './prompt';

export interface Citation extends Quote {
  hit: Pick<SearchHit, 'kind' | 'sourceId'>;
}

export interface Answer {
  answer: string;
  /** The name of the model; `extractive` for quotation, `none` if nothing relevant was found. */
  provider: string;
  citations: Citation[];
}

/** A passage is relevant if it covers this share of the question's weight. */
const RELEVANT = 0.34;
const MAX_TOKENS = 600;
/** Characters of the question that a model gets. */
const MAX_QUESTION = 4000;

const UNANSWERED: Record<Language, string> = {
  en: "I don't know. I found nothing about this that you may read.",
  // cspell:disable-next-line
  de: 'Das weiß ich nicht. Ich habe dazu nichts gefunden, was Sie lesen dürfen.',
};

export class AnswerService {
  constructor(
    private readonly searches: SearchService,
    private readonly models: ModelChain,
  ) {}

  /**
   * @param onText gets the answer in parts; a later part never takes back an earlier one
   * @throws the reason of `signal` if it aborts
   */
  async ask(
    em: EntityManager,
    viewer: Viewer,
    question: string,
    limit: number,
    { signal, onText }: { signal: AbortSignal; onText?: (text: string) => void },
  ): Promise<Answer> {
    const language = languageOf(question) ?? 'en';
    const hits = await this.searches.search(em, viewer, question, { limit });
    signal.throwIfAborted();
    const relevant = hits.filter(({ coverage }) => coverage >= RELEVANT);
    const passages = relevant.map((hit, i): NumberedPassage => ({ number: i + 1, ...hit }));
    const finish = (answer: Answer) => {
      onText?.(answer.answer);
      return answer;
    };
    if (passages.length === 0) return finish(unanswered(language));
    const generated = await this.generate(em, question, passages, language, signal);
    if (generated === UNKNOWN) return finish(unanswered(language));
    const { answer, provider, quotes } = generated ?? extract(await withTranslations(em, question), passages, language);
    if (quotes.length === 0) return finish(unanswered(language));
    return finish({
      answer,
      provider,
      citations: quotes.map((quote) => ({ ...quote, hit: relevant[quote.number - 1]! })),
    });
  }

  /** Undefined if no model gave a complete answer that cites its sources. */
  private async generate(
    em: EntityManager,
    question: string,
    passages: readonly NumberedPassage[],
    language: Language,
    signal: AbortSignal,
  ): Promise<{ answer: string; provider: string; quotes: Quote[] } | typeof UNKNOWN | undefined> {
    let text = '';
    const turns = promptOf(cutText(question, MAX_QUESTION), passages);
    const { provider, isComplete } = await this.models.answer(
      { turns, maxTokens: MAX_TOKENS },
      { signal, onText: (part) => void (text += part) },
    );
    if (provider === null || !isComplete) return undefined;
    const answer = plainAnswer(text);
    if (new RegExp(`^${UNKNOWN}\\W*$`).test(answer)) return UNKNOWN;
    const cited = [...new Set([...answer.matchAll(/\[(\d{1,3})\]/g)].map(([, number]) => Number(number)))];
    const quotes: Quote[] = [];
    for (const number of cited) {
      const statement = await withTranslations(em, statementOf(answer, number, language));
      const [best] = bestQuotes(statement, passages.slice(number - 1, number), language);
      if (best) quotes.push(plainQuote(best));
    }
    // A number that names no source is an invention, and so is an answer without sources.
    if (quotes.length === 0 || quotes.length < cited.length) return undefined;
    return { answer, provider, quotes };
  }
}

const unanswered = (language: Language): Answer => ({ answer: UNANSWERED[language], provider: 'none', citations: [] });

function extract(question: string, passages: readonly NumberedPassage[], language: Language) {
  const quotes = bestQuotes(question, passages, language).map(plainQuote);
  return {
    // A number in brackets of the source is no citation.
    answer: quotes.map(({ quote, number }) => `${quote.replace(/\[(?=\d{1,3}\])/g, '[ ')} [${number}]`).join(' '),
    provider: 'extractive',
    quotes,
  };
}

const plainQuote = ({ number, quote }: Quote): Quote => ({ number, quote: plainAnswer(quote) });

/** The sentences of an answer that cite a source; the whole answer if none does by itself. */
function statementOf(answer: string, number: number, language: Language): string {
  const citing = sentencesOf(answer, language).filter((sentence) => sentence.includes(`[${number}]`));
  return (citing.length > 0 ? citing.join(' ') : answer).replace(/\[\d+\]/g, '');
}
