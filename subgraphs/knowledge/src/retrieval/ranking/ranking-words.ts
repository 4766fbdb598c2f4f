/** The words of a text as the ranking compares them: stems of one language, with sentences. Holds no score and no storage. */
import type { Language } from '@chat/kit/text-analysis/language';
import { tokenise } from '@chat/kit/text-analysis/tokens';

export interface RankingWord {
  /** Folded, in lower case. */
  form: string;
  /** The stem in the language of the query; the form if there is none. */
  stem: string;
  isStop: boolean;
  /** The number of the sentence, from 0. */
  sentence: number;
  /** Whether it begins with a capital letter or a digit. */
  isName: boolean;
}

/** The end of a sentence: a mark, then a space. Abbreviations end sentences too early, which the ranking tolerates. */
const SENTENCE_END = /[.!?…:;]["”“»)\]]*\s|\n/;

export function rankingWords(text: string, language: Language): RankingWord[] {
  const words: RankingWord[] = [];
  let sentence = 0;
  let end = 0;
  for (const { start, end: tokenEnd, word, kind } of tokenise(text)) {
    if (kind === 'joined') continue;
    if (words.length > 0 && SENTENCE_END.test(text.slice(end, start))) sentence++;
    end = tokenEnd;
    const form = word.forms.at(-1)!;
    const stem = (language === 'de' ? word.german : word.english) ?? form;
    words.push({ form, stem, isStop: word.isStop, sentence, isName: /^[\p{Lu}\p{N}]/u.test(text.slice(start, end)) });
  }
  return words;
}
