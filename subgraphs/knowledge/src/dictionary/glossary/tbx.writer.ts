/**
 * Writes a glossary as TBX: version 3 (ISO 30042:2019) in style DCA or DCT, or TBX-Basic of version 2 with its DOCTYPE. Each term of the
 * dictionary is one language section: the term first, then its synonyms and abbreviations.
 */
// cspell:words admn descrip martif Basiccore XCSURI XCSV
import type { Concept, GlossaryTerm } from './glossary';

export type TbxStyle = 'dca' | 'dct' | 'basic';

const STATUS: Record<GlossaryTerm['status'], string | undefined> = {
  APPROVED: 'preferredTerm-admn-sts',
  DEPRECATED: 'deprecatedTerm-admn-sts',
  // No administrative status says that a term is only proposed.
  PROPOSED: undefined,
};
/** The modules of the data categories in style DCT. */
const PREFIX: Record<string, string> = {
  definition: 'basic',
  termType: 'min',
  administrativeStatus: 'min',
  crossReference: 'basic',
};
const ELEMENT: Record<string, string> = {
  definition: 'descrip',
  termType: 'termNote',
  administrativeStatus: 'termNote',
  crossReference: 'ref',
};

export function* writeTbx(concepts: Iterable<Concept>, style: TbxStyle): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield style === 'basic' ? BASIC_HEAD : headOf(style);
  for (const concept of concepts) yield conceptText(concept, style);
  yield `</body></text>\n</${style === 'basic' ? 'martif' : 'tbx'}>\n`;
}

const SOURCE = '<sourceDesc><p>Dictionary of the chat platform</p></sourceDesc>';

const BASIC_HEAD = `<!DOCTYPE martif SYSTEM "TBXBasiccoreStructV02.dtd">
<martif type="TBX-Basic" xml:lang="en">
<martifHeader><fileDesc>${SOURCE}</fileDesc><encodingDesc><p type="XCSURI">TBXBasicXCSV02.xcs</p></encodingDesc></martifHeader>
<text><body>
`;

const headOf = (
  style: 'dca' | 'dct',
) => `<tbx type="TBX-Basic" style="${style}" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"${
  style === 'dct' ? ' xmlns:min="http://www.tbxinfo.net/ns/min" xmlns:basic="http://www.tbxinfo.net/ns/basic"' : ''
}>
<tbxHeader><fileDesc>${SOURCE}</fileDesc></tbxHeader>
<text><body>
`;

function conceptText({ id, terms }: Concept, style: TbxStyle): string {
  const [entry, section] = style === 'basic' ? ['termEntry', 'langSet'] : ['conceptEntry', 'langSec'];
  const sections = terms.map((term) => {
    const definition = term.definition === '' ? '' : category('definition', term.definition, style);
    return `<${section} xml:lang="${escaped(term.locale)}">${definition}${termTexts(term, style).join('')}</${section}>\n`;
  });
  return `<${entry} id="${nameOf('c', id)}">\n${sections.join('')}</${entry}>\n`;
}

function termTexts(term: GlossaryTerm, style: TbxStyle): string[] {
  const unit = style === 'basic' ? 'tig' : 'termSec';
  const status = STATUS[term.status];
  const references = [...(term.replacementId === null ? [] : [term.replacementId]), ...term.relatedIds];
  const main = [
    status ? category('administrativeStatus', status, style) : '',
    ...references.map((target) => category('crossReference', '', style, ` target="${nameOf('t', target)}"`)),
    term.usageNote === null ? '' : `<note>${escaped(term.usageNote)}</note>`,
  ];
  const other = (text: string, type?: string) =>
    `<${unit}><term>${escaped(text)}</term>${type ? category('termType', type, style) : ''}${category('administrativeStatus', 'admittedTerm-admn-sts', style)}</${unit}>`;
  return [
    `<${unit} id="${nameOf('t', term.id)}"><term>${escaped(term.term)}</term>${main.join('')}</${unit}>`,
    ...term.synonyms.map((synonym) => other(synonym)),
    ...term.abbreviations.map((short) => other(short, 'abbreviation')),
  ];
}

function category(name: string, value: string, style: TbxStyle, more = ''): string {
  if (style === 'dct') {
    const element = `${PREFIX[name]}:${name}`;
    return `<${element}${more}>${escaped(value)}</${element}>`;
  }
  return `<${ELEMENT[name]} type="${name}"${more}>${escaped(value)}</${ELEMENT[name]}>`;
}

/** An XML id begins with a letter. */
const nameOf = (kind: 'c' | 't', id: string) => `${kind}-${escaped(id)}`;

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };
/** XML 1.0 has no control characters but tab and line breaks. */
const FORBIDDEN = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu;
const escaped = (text: string) => text.replace(FORBIDDEN, '').replace(/[&<>"\r]/g, (sign) => ESCAPED[sign]!);
