/** The text of an answer that a provider could not give, in the language of the question. Names no provider and no cause of an outage. */
import { languageOf, type Language } from '@chat/kit/text-analysis/language';

// cspell:disable
const NOTICES: Record<Language, { unavailable: string; empty: string; filtered: string }> = {
  en: {
    unavailable: 'I cannot answer at the moment. Please ask me again later.',
    empty: 'I have no answer to this. Please ask in another way.',
    filtered: 'My answer has a word that this channel filters, so I keep it to myself.',
  },
  de: {
    unavailable: 'Ich kann gerade nicht antworten. Bitte versuche es später noch einmal.',
    empty: 'Darauf habe ich keine Antwort. Bitte frage anders.',
    filtered: 'In meiner Antwort steht ein Wort, das dieser Kanal filtert. Deshalb behalte ich sie für mich.',
  },
};
// cspell:enable

/** German words that tell the language of a short question, besides stop words. */
const GREETINGS = /(?<!\p{L})(?:hallo|moin|servus|bitte|danke|hilfe|warum|wieso|wer|wann|ja|nein)(?!\p{L})/iu; // cspell:disable-line

/** @param failure the fault of the last provider, or the reason for which the answer was stopped */
export function failureNotice(failure: string | undefined, question: string): string {
  const language = languageOf(question) ?? (GREETINGS.test(question) ? 'de' : 'en');
  const notices = NOTICES[language];
  if (failure === 'FILTERED') return notices.filtered;
  return failure === 'REFUSED' || failure === 'EMPTY' ? notices.empty : notices.unavailable;
}
