// cspell:ignore happi
/** Words with their emotion and polarity, read from lexicon/*.txt. A word is found whole, or by its longest stem. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language } from '@chat/kit/text-analysis/language';

export interface LexiconEntry {
  /** An emotion, or `-` if the word has a polarity only. */
  topic: string;
  /** -3 to 3. */
  polarity: number;
}

/** Shorter stems would match unrelated words. */
const MIN_STEM = 3;

/** Words that are kept found, because messages repeat them. */
const CACHED = 20_000;

export class Lexicon {
  private readonly words = new Map<string, LexiconEntry[]>();
  private readonly stems = new Map<string, LexiconEntry[]>();
  private readonly found = new Map<string, readonly LexiconEntry[]>();

  /** @param text lines such as `joy +2: happy happi*`; `#` begins a comment */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [head = '', words = ''] = line.trim().split(':', 2);
      const [topic, polarity] = head.trim().split(/\s+/);
      if (head.startsWith('#') || polarity === undefined) continue;
      for (const word of words.trim().split(/\s+/)) {
        const isStem = word.endsWith('*');
        const [map, key] = isStem ? [this.stems, word.slice(0, -1)] : [this.words, word];
        map.set(key, [...(map.get(key) ?? []), { topic: topic!, polarity: Number(polarity) }]);
      }
    }
  }

  /** @param word in lower case @returns its meanings, none if it is unknown */
  find(word: string): readonly LexiconEntry[] {
    let entries = this.found.get(word);
    if (!entries) {
      entries = this.words.get(word) ?? this.findStem(word) ?? [];
      if (this.found.size >= CACHED) this.found.clear();
      this.found.set(word, entries);
    }
    return entries;
  }

  private findStem(word: string): LexiconEntry[] | undefined {
    for (let length = Math.min(word.length, 40); length >= MIN_STEM; length--) {
      const entries = this.stems.get(word.slice(0, length));
      if (entries) return entries;
    }
    return undefined;
  }
}

/** The lexicon of a language. */
export const loadLexicon = (language: Language): Lexicon =>
  new Lexicon(readFileSync(join(__dirname, '../lexicon', `${language}.txt`), 'utf8'));
