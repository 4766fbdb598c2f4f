/** Everything that is derived from the text of a source: chunks, their words, and their searchable documents. Holds no storage. */
import { languageOf } from '@chat/kit/text-analysis/language';
import { textDocument } from '@chat/kit/text-analysis/text-document';
import { tokenise } from '@chat/kit/text-analysis/tokens';
import { compoundParts, possibleParts } from '../ranking/compounds';
import { chunksOf } from './chunking';

export interface TitledChunk {
  /** The title of the source and the headings above the chunk, joined by ` › `. */
  title: string;
  text: string;
}

export interface AnalysedChunk {
  whole: string;
  language: string | null;
  words: number;
  /** The distinct forms and stems. */
  lexemes: string[];
  /** The forms that may be compounds. */
  forms: string[];
  /** The words that some of them may consist of. */
  parts: string[];
}

export interface IndexedChunk extends Pick<AnalysedChunk, 'language' | 'words' | 'lexemes'> {
  compounds: Record<string, readonly string[]>;
  /** The text of a `tsvector`. */
  search: string;
}

export const chunkSource = ({ title, text }: { title: string; text: string }): TitledChunk[] =>
  chunksOf(text).map((chunk) => ({ title: [title, chunk.heading].filter(Boolean).join(' › '), text: chunk.text }));

export const analyseChunks = (chunks: readonly TitledChunk[]): AnalysedChunk[] =>
  chunks.map(({ title, text }) => {
    const whole = `${title}\n${text}`;
    const language = languageOf(whole) ?? null;
    const lexemes = new Set<string>();
    const forms = new Set<string>();
    let words = 0;
    for (const { word, kind } of tokenise(whole)) {
      if (kind !== 'joined') {
        words++;
        // An unknown language may be German.
        if (language !== 'en') forms.add(word.forms.at(-1)!);
      }
      for (const lexeme of word.lexemes.keys()) if (lexeme !== '') lexemes.add(lexeme);
    }
    const parts = [...new Set([...forms].flatMap(possibleParts))];
    return { whole, language, words, lexemes: [...lexemes], forms: [...forms], parts };
  });

/** @param counts the number of chunks of the corpus that hold a word */
export const documentChunks = ({
  chunks,
  counts,
}: {
  chunks: readonly AnalysedChunk[];
  counts: ReadonlyMap<string, number>;
}): IndexedChunk[] =>
  chunks.map(({ whole, language, words, lexemes, forms }) => {
    const compounds: Record<string, readonly string[]> = {};
    for (const form of forms) {
      const parts = compoundParts(form, (word) => counts.get(word) ?? 0);
      if (parts.length > 0) compounds[form] = parts;
    }
    const search = textDocument(`${whole}\n${Object.values(compounds).flat().join(' ')}`);
    return { language, words, lexemes, compounds, search };
  });
