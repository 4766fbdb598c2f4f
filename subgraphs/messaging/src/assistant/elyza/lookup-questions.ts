/**
 * Recognises questions about a topic, and frames the references that were found, by a data file for each language. Finds nothing itself.
 */
import type { Reference } from '@chat/kit/language-models/language-model';
import { StartupError } from '@chat/kit/process/startup-error';

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const FRAMES = ['DEFINITION', 'PAGE'] as const;

export class LookupQuestions {
  private constructor(
    private readonly openings: readonly string[][],
    private readonly endings: readonly string[][],
    private readonly excluded: ReadonlySet<string>,
    private readonly frames: Record<Reference['kind'], string>,
  ) {}

  /** @param text as scripts/lookup.en.txt explains. @throws StartupError if an opening or a frame is missing */
  static parse(text: string): LookupQuestions {
    const lines = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith(';'));
    const phrases = (mark: string) =>
      lines
        .filter((line) => line.startsWith(mark))
        .flatMap((line) => line.slice(mark.length).split(','))
        .map(wordsOf)
        .filter((words) => words.length > 0)
        // The longest opening leaves the shortest topic: "what is a" before "what is".
        .sort((a, b) => b.length - a.length);
    const openings = phrases('?');
    if (openings.length === 0) throw new StartupError('A file with lookups has no opening.');
    const [DEFINITION, PAGE] = FRAMES.map((kind) => {
      const frame = lines.find((line) => line.startsWith(`${kind} `));
      if (!frame?.includes('{text}')) throw new StartupError(`A file with lookups has no line ${kind} with {text}.`);
      return frame.slice(kind.length).trim();
    }) as [string, string];
    return new LookupQuestions(openings, phrases('...'), new Set(phrases('!').flat()), { DEFINITION, PAGE });
  }

  /** The topic as it was written; undefined if the sentence does not ask for one. */
  topicOf(sentence: string): string | undefined {
    const words = [...sentence.normalize('NFC').matchAll(WORD)];
    const keys = words.map(([word]) => word.toLowerCase());
    const opening = this.openings.find(
      (phrase) => phrase.length < keys.length && phrase.every((word, i) => word === keys[i]),
    );
    if (!opening) return undefined;
    const ending = this.endings.find(
      (phrase) =>
        opening.length + phrase.length < keys.length &&
        phrase.every((word, i) => word === keys[keys.length - phrase.length + i]),
    );
    const end = words.length - (ending?.length ?? 0);
    if (keys.slice(opening.length, end).some((word) => this.excluded.has(word))) return undefined;
    const [first, last] = [words[opening.length]!, words[end - 1]!];
    const text = sentence.normalize('NFC');
    // Signs belong to a name such as "C++" and "C#", but not those that end a sentence or quote.
    const rest = ending ? '' : text.slice(last.index + last[0].length).replaceAll(/[^+#]/g, '');
    return text.slice(first.index, last.index + last[0].length) + rest.slice(0, 2);
  }

  /** The references as one text. */
  frame(references: readonly Reference[]): string {
    return references
      .map(({ kind, title, text, path = '' }) =>
        this.frames[kind].replaceAll(/\{(title|text|path)\}/g, (_, name: string) =>
          name === 'text' ? text : name === 'path' ? path : plain(title),
        ),
      )
      .join('\n\n');
  }
}

const wordsOf = (text: string): string[] => (text.normalize('NFC').match(WORD) ?? []).map((word) => word.toLowerCase());

/** A title is not read as Markdown. */
const plain = (title: string): string => title.replaceAll(/[\\`*_{}[\]<>~|]/g, (sign) => `\\${sign}`);
