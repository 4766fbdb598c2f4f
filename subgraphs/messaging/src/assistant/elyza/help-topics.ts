/** Elyza's answers about the chat itself, from a data file for each language. Knows no conversation: questions of other kinds get no answer. */
import { StartupError } from '@chat/kit/process/startup-error';

interface Topic {
  /** Words and phrases, as {@link wordsOf} writes them. */
  phrases: string[];
  answer: string;
}

export class HelpTopics {
  private constructor(
    private readonly openings: readonly string[],
    private readonly topics: readonly Topic[],
  ) {}

  /** @param text as scripts/help.en.txt explains. @throws StartupError if it has no topic, or a topic without an answer */
  static parse(text: string): HelpTopics {
    const blocks = text
      .replace(/^;.*$/gm, '')
      .split(/\n\s*\n/)
      .map((block) => block.trim())
      .filter((block) => block !== '');
    const openings = blocks.filter((block) => block.startsWith('?')).flatMap((block) => phrasesOf(block.slice(1)));
    const topics = blocks.filter((block) => !block.startsWith('?')).map(topicOf);
    if (topics.length === 0) throw new StartupError('A file with help has no topic.');
    return new HelpTopics(openings, topics);
  }

  /** Whether the text is a topic as a whole. */
  hasTopic(text: string): boolean {
    const words = wordsOf(text);
    return this.topics.some(({ phrases }) => phrases.includes(words));
  }

  /** The answer to a question about the chat, or to "help" alone; undefined if the sentence is neither. */
  answer(sentence: string): string | undefined {
    const words = wordsOf(sentence);
    const [overview] = this.topics;
    if (overview!.phrases.includes(words)) return overview!.answer;
    if (!this.openings.some((opening) => `${words} `.startsWith(`${opening} `))) return undefined;
    // The longest phrase is the most specific: "slash commands" rather than "commands".
    const fitting = this.topics.flatMap(({ phrases, answer }) =>
      phrases.filter((phrase) => ` ${words} `.includes(` ${phrase} `)).map(({ length }) => ({ length, answer })),
    );
    return fitting.sort((a, b) => b.length - a.length)[0]?.answer;
  }
}

function topicOf(block: string): Topic {
  const end = block.indexOf('\n');
  if (end < 0) throw new StartupError(`The topic "${block}" of a file with help has no answer.`);
  return { phrases: phrasesOf(block.slice(0, end)), answer: block.slice(end + 1).trim() };
}

const phrasesOf = (line: string): string[] => line.split(',').map(wordsOf).filter(Boolean);

/** Lower case, separated by single spaces, without signs. */
const wordsOf = (text: string): string =>
  (
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  ).join(' ');
