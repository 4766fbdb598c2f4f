/** A glossary outside the dictionary: concepts with terms. Holds no format and no storage. */

export interface GlossaryTerm {
  /** Unique in the glossary; references name it. */
  id: string;
  term: string;
  locale: string;
  definition: string;
  synonyms: string[];
  abbreviations: string[];
  usageNote: string | null;
  status: 'PROPOSED' | 'APPROVED' | 'DEPRECATED';
  /** The id of the term to use instead. */
  replacementId: string | null;
  /** Ids of related terms. */
  relatedIds: string[];
}

export interface Concept {
  id: string;
  terms: GlossaryTerm[];
}
