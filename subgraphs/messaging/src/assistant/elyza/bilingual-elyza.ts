/** Elyza in German and English: each sentence is answered in its own language, and each language has a conversation of its own. */
import { languageOf, type Language } from '@chat/kit/text-analysis/language';
import { Elyza, newConversation, type ElyzaState } from './elyza';
import type { ElyzaScript } from './elyza-script';
import type { HelpTopics } from './help-topics';
import { clean, splitWords } from './sentence';

export interface BilingualState {
  /** The language of the last sentence that had one. */
  language: Language;
  de: ElyzaState;
  en: ElyzaState;
}

export class BilingualElyza {
  constructor(
    private readonly scripts: Record<Language, ElyzaScript>,
    /** Changes with every answer. */
    readonly state: BilingualState = { language: 'en', de: newConversation(), en: newConversation() },
    /** Answers questions about the chat, which leave the conversation as it is. */
    private readonly help?: Record<Language, HelpTopics>,
  ) {}

  get greeting(): string {
    return new Elyza(this.scripts[this.state.language]).greeting;
  }

  answer(sentence: string): string {
    return this.help?.en.answer(sentence) ?? this.help?.de.answer(sentence) ?? this.converse(sentence);
  }

  private converse(sentence: string): string {
    const language = languageOf(sentence) ?? this.languageOfKeywords(sentence) ?? this.state.language;
    this.state.language = language;
    return new Elyza(this.scripts[language], this.state[language]).answer(sentence);
  }

  /** The language in which a short sentence, such as "Hallo!", has more keywords. */
  private languageOfKeywords(sentence: string): Language | undefined {
    const keys = splitWords(clean(sentence)).map(({ key }) => key);
    const [german, english] = [this.scripts.de, this.scripts.en].map(
      ({ rules }) => keys.filter((key) => rules.has(key)).length,
    );
    if (german === english) return undefined;
    return german! > english! ? 'de' : 'en';
  }
}
