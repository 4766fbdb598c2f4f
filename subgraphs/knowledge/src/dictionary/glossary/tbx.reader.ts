/**
 * Reads TBX: version 3 in the styles DCA and DCT, and version 2 (`martif`), such as TBX-Basic. A DOCTYPE is skipped: its DTD is never
 * fetched, and entities beyond those of XML are an error. Unknown data categories are ignored.
 */
// cspell:words ntig descrip transac martif
import { SaxesParser } from 'saxes';
import type { Concept, GlossaryTerm } from './glossary';

interface Unit {
  id: string | undefined;
  term: string;
  type: string | undefined;
  status: string | undefined;
  definition: string;
  notes: string[];
  references: string[];
}

interface Section {
  locale: string;
  definition: string;
  notes: string[];
  references: string[];
  units: Unit[];
}

interface Entry {
  id: string;
  definition: string;
  sections: Section[];
}

const ENTRY = new Set(['conceptEntry', 'termEntry']);
const SECTION = new Set(['langSec', 'langSet']);
const UNIT = new Set(['termSec', 'tig', 'ntig']);
/** Elements of style DCA: their `type` names the data category. */
const TYPED = new Set(['descrip', 'termNote', 'admin', 'ref', 'xref', 'adminNote', 'descripNote', 'transacNote']);
const SHORT = new Set(['abbreviation', 'acronym', 'initialism', 'shortForm', 'clippedTerm', 'symbol']);
const MAX_DEPTH = 100;

/** @throws Error with the reason if the text is malformed or no TBX */
export function readTbx(text: string): Concept[] {
  const entries: Entry[] = [];
  let entry: Entry | undefined;
  let section: Section | undefined;
  let unit: Unit | undefined;
  /** Open elements; only those that hold text collect it. */
  const open: { name: string; category: string; target: string | undefined; text: string }[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw new Error(`The text is no well-formed XML: ${error.message}`);
  });
  parser.on('opentag', ({ local, attributes }) => {
    if (open.length === 0 && local !== 'tbx' && local !== 'martif')
      throw new Error('The text is no TBX: its root is neither <tbx> nor <martif>.');
    if (open.length >= MAX_DEPTH) throw new Error('The elements are nested too deep.');
    const value = (name: string) => attributes[name]?.value;
    if (ENTRY.has(local))
      entries.push((entry = { id: value('id') ?? `entry-${entries.length}`, definition: '', sections: [] }));
    else if (SECTION.has(local) && entry)
      entry.sections.push(
        (section = {
          locale: value('xml:lang') ?? value('lang') ?? '',
          definition: '',
          notes: [],
          references: [],
          units: [],
        }),
      );
    else if (UNIT.has(local) && section)
      section.units.push(
        (unit = {
          id: value('id'),
          term: '',
          type: undefined,
          status: undefined,
          definition: '',
          notes: [],
          references: [],
        }),
      );
    const isTyped = TYPED.has(local);
    const category = (isTyped ? value('type') : undefined) ?? local;
    if (local === 'term' && unit && unit.id === undefined) unit.id = value('id');
    open.push({ name: local, category, target: value('target'), text: '' });
  });
  const add = (part: string) => {
    const top = open.at(-1);
    if (top) top.text += part;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', ({ local }) => {
    const { category, target, text: raw } = open.pop()!;
    const content = raw.trim();
    if (ENTRY.has(local)) entry = section = unit = undefined;
    else if (SECTION.has(local)) section = unit = undefined;
    else if (UNIT.has(local)) unit = undefined;
    else if (category === 'term' && unit) unit.term ||= content.replace(/\s+/g, ' ');
    else if (category === 'definition') setDefinition(unit ?? section ?? entry, content);
    else if ((category === 'note' || category === 'usageNote') && content !== '')
      (unit ?? section)?.notes.push(content);
    else if ((category === 'administrativeStatus' || category === 'normativeAuthorization') && unit)
      unit.status ??= content;
    else if (category === 'termType' && unit) unit.type ??= content;
    else if (category === 'crossReference' && target) (unit ?? section)?.references.push(target);
    // Inline markup such as <hi> is part of the text around it.
    else if (open.at(-1)?.name === 'term' || local === 'hi' || local === 'foreign') add(raw);
  });
  parser.write(text.replace(/^\uFEFF/, '')).close();
  return conceptsOf(entries);
}

function setDefinition(holder: { definition: string } | undefined, text: string): void {
  if (holder && holder.definition === '') holder.definition = text;
}

function conceptsOf(entries: readonly Entry[]): Concept[] {
  let anonymous = 0;
  return entries.map(({ id, definition, sections }) => ({
    id,
    terms: sections.flatMap((section) => termsOf(section, definition, () => `unit-${anonymous++}`)),
  }));
}

/** The preferred term of a section with its synonyms, and a term of its own for each deprecated one. */
function termsOf(section: Section, definition: string, newId: () => string): GlossaryTerm[] {
  const units = section.units.filter(({ term }) => term !== '');
  const states = new Map(units.map((unit) => [unit, statusOf(unit.status)]));
  const rank = (unit: Unit) => (isPreferred(unit.status) ? 0 : states.get(unit) === 'DEPRECATED' ? 2 : 1);
  const main = units.toSorted((a, b) => rank(a) - rank(b))[0];
  if (!main) return [];
  const others = units.filter((unit) => unit !== main && states.get(unit) !== 'DEPRECATED');
  const old = units.filter((unit) => unit !== main && states.get(unit) === 'DEPRECATED');
  const isShort = ({ type }: Unit) => type !== undefined && SHORT.has(type);
  const termOf = (unit: Unit): GlossaryTerm => ({
    id: unit.id ?? newId(),
    term: unit.term,
    locale: section.locale,
    definition: unit.definition || section.definition || definition,
    synonyms: [],
    abbreviations: [],
    usageNote: null,
    status: states.get(unit)!,
    replacementId: null,
    relatedIds: [],
  });
  const preferred = termOf(main);
  const references = [...main.references, ...section.references];
  const [replacementId = null, ...rest] = preferred.status === 'DEPRECATED' ? references : [null, ...references];
  const notes = [...main.notes, ...section.notes].join('\n');
  return [
    {
      ...preferred,
      synonyms: others.filter((unit) => !isShort(unit)).map(({ term }) => term),
      abbreviations: others.filter(isShort).map(({ term }) => term),
      usageNote: notes === '' ? null : notes,
      replacementId,
      relatedIds: rest.filter((id) => id !== null),
    },
    ...old.map((unit) => ({ ...termOf(unit), replacementId: preferred.id, usageNote: unit.notes.join('\n') || null })),
  ];
}

const isPreferred = (status: string | undefined) => /^(preferred|legal|regulated|standardized)/i.test(status ?? '');

/** A term without a status is proposed, because nobody has decided on it. */
function statusOf(status: string | undefined): GlossaryTerm['status'] {
  if (status === undefined || /^(proposed|new)/i.test(status)) return 'PROPOSED';
  return /^(deprecated|superseded|obsolete)/i.test(status) ? 'DEPRECATED' : 'APPROVED';
}
