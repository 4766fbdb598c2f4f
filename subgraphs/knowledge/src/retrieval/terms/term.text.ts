/** The title and text in which searches and answers find a term: an entry of a printed dictionary. Holds no storage. */
// cspell:words Synonyme Abkürzungen

export interface IndexedTerm {
  term: string;
  locale: string;
  definition: string;
  synonyms: readonly string[];
  abbreviations: readonly string[];
  usageNote: string | null;
  /** Approved terms of the same concept in other locales. */
  translations: readonly string[];
}

const LABELS = { en: ['Synonyms', 'Abbreviations'], de: ['Synonyme', 'Abkürzungen'] } as const;

/** Translations are found and never quoted, as a quotation in two languages helps nobody. */
export const termTitle = ({ term, translations }: IndexedTerm): string => [term, ...translations].join(', ');

/** Begins with the term, so that a quoted definition tells its subject. Labels are German if the term is. */
export function termText({ term, locale, definition, usageNote, ...words }: IndexedTerm): string {
  const [synonyms, abbreviations] = LABELS[/^de\b/i.test(locale) ? 'de' : 'en'];
  const listed = (label: string, list: readonly string[]) => (list.length > 0 ? `${label}: ${list.join(', ')}` : '');
  return [
    `${term}: ${definition}`,
    usageNote ?? '',
    listed(synonyms, words.synonyms),
    listed(abbreviations, words.abbreviations),
  ]
    .filter(Boolean)
    .join('\n\n');
}
