/**
 * Elyza as a language model. She answers questions about the chat from her help, questions about a topic from the dictionary and the wiki,
 * and all others as the engine does. Holds no state between questions: she follows the asker's side of the conversation from its beginning.
 */
import type { FindReferences, LanguageModel, ModelRequest } from '@chat/kit/language-models/language-model';
import { BilingualElyza } from './bilingual-elyza';
import { loadHelp, loadLookups, loadScripts } from './scripts';

/** Names in a question are those of its addressees. */
const MENTIONS = /(?<![\p{L}\p{N}])@[\p{L}\p{N}._-]+[,:]?/gu;

const WORD_END = /(?<=\s)(?=\S)/;

export class ElyzaModel implements LanguageModel {
  readonly name = 'elyza';
  private readonly scripts;
  private readonly help;
  private readonly lookups;

  /** @param folder see {@link loadScripts}. @throws StartupError if a file is wrong */
  constructor(folder?: string) {
    this.scripts = loadScripts(folder);
    this.help = loadHelp(folder);
    this.lookups = loadLookups(folder);
  }

  async *stream({ turns, findReferences }: ModelRequest, signal: AbortSignal): AsyncGenerator<string> {
    const question = sentenceOf(turns.at(-1)?.content ?? '');
    const found = findReferences && (await this.lookUp(question, findReferences, signal));
    for (const word of (found ?? this.converse(turns)).split(WORD_END)) {
      signal.throwIfAborted();
      yield word;
    }
  }

  private converse(turns: ModelRequest['turns']): string {
    const asker = turns.at(-1)?.speaker;
    const elyza = new BilingualElyza(this.scripts, undefined, this.help);
    let answer = elyza.greeting;
    for (const { role, content, speaker } of turns) {
      const sentence = sentenceOf(content);
      if (role === 'user' && speaker === asker && sentence !== '') answer = elyza.answer(sentence);
    }
    return answer;
  }

  /** Undefined if the question has no topic, or nothing is known about it. A topic of the help itself is explained by the help. */
  private async lookUp(
    question: string,
    findReferences: FindReferences,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    for (const language of ['en', 'de'] as const) {
      const topic = this.lookups[language].topicOf(question);
      if (topic === undefined || this.help[language].hasTopic(topic)) continue;
      const references = await findReferences(topic, language, signal);
      if (references.length > 0) return this.lookups[language].frame(references);
    }
    return undefined;
  }

  /** She needs nothing. */
  async probe(): Promise<void> {}
}

const sentenceOf = (content: string): string => content.replace(MENTIONS, '').trim();
