/** Glossaries: round trips in each format, files of other programs, and hostile ones. */
// cspell:words descrip kauft ntig martif Kopfzeile Kunde Kundin Abnehmer Geschäftspartner admn
import { startTestKnowledge, type KnowledgePerson, type TestKnowledge } from '../../testing/test-knowledge';
import { readCsv, writeCsv } from './csv';
import type { Concept, GlossaryTerm } from './glossary';
import { readTbx } from './tbx.reader';
import { writeTbx, type TbxStyle } from './tbx.writer';

const term = (more: Partial<GlossaryTerm>): GlossaryTerm => ({
  id: '1',
  term: 'Kunde',
  locale: 'de',
  definition: '',
  synonyms: [],
  abbreviations: [],
  usageNote: null,
  status: 'PROPOSED',
  replacementId: null,
  relatedIds: [],
  ...more,
});
const GLOSSARY: Concept[] = [
  {
    id: 'a',
    terms: [
      term({
        id: '1',
        status: 'APPROVED',
        definition: 'A & B <"c">',
        synonyms: ['Kundin', 'x | y\\'],
        abbreviations: ['K'],
      }),
      term({ id: '2', term: 'customer', locale: 'en-GB', usageNote: 'one\ntwo', relatedIds: ['3'] }),
      term({ id: '3', term: 'Abnehmer', status: 'DEPRECATED', replacementId: '1', relatedIds: ['2'] }),
    ],
  },
  { id: 'b', terms: [term({ id: '4', term: '=SUM(A1)', definition: '\'=x, "y"\nz', synonyms: ['@a', '-1'] })] },
];

/** Ids have a prefix in XML. */
const named = (concepts: Concept[]) =>
  concepts.map(({ id, terms }) => ({
    id: `c-${id}`,
    terms: terms.map((one) => ({
      ...one,
      id: `t-${one.id}`,
      replacementId: one.replacementId && `t-${one.replacementId}`,
      relatedIds: one.relatedIds.map((related) => `t-${related}`),
    })),
  }));

test.each(['dca', 'dct', 'basic'] as TbxStyle[])('a round trip by TBX %s keeps everything', (style) =>
  expect(readTbx([...writeTbx(GLOSSARY, style)].join(''))).toEqual(named(GLOSSARY)),
);

test('a round trip by CSV keeps everything, and no cell is a formula', () => {
  const csv = [...writeCsv(GLOSSARY)].join('');
  expect(readCsv(csv)).toEqual(GLOSSARY);
  expect(csv).not.toMatch(/(^|,)"?[=@-]/m);
});

test.each([
  ['\uFEFFterm;definition\nKunde;"a;b"\n', 'a;b'],
  ['Term\tDefinition\nKunde\tx\n', 'x'],
])('reads the CSV %j of a spreadsheet', (csv, definition) =>
  expect(readCsv(csv)[0]!.terms[0]).toMatchObject({ term: 'Kunde', definition }),
);

const ENTRY = `<langSet xml:lang="de"><descripGrp><descrip type="definition">Wer kauft</descrip></descripGrp>
  <ntig><termGrp><term>Geschäftspartner</term><termNote type="administrativeStatus">supersededTerm-admn-sts</termNote></termGrp></ntig>
  <ntig><termGrp><term>GP</term><termNote type="termType">acronym</termNote></termGrp></ntig>
  <ntig><termGrp><term id="k"><hi>Kun</hi>de</term><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></termGrp></ntig>
  </langSet>`;
const MARTIF = (doctype: string) =>
  `<?xml version="1.0"?>${doctype}<martif type="TBX-Basic" xml:lang="en"><martifHeader/><text><body><termEntry id="e">${ENTRY}</termEntry></body></text></martif>`;

test('reads TBX-Basic of another program: DOCTYPE, groups, several terms of one language', () => {
  const doctype = '<!DOCTYPE martif SYSTEM "http://127.0.0.1:9/TBXBasiccoreStructV02.dtd">';
  const [concept] = readTbx(MARTIF(doctype));
  expect(concept!.terms).toEqual([
    term({ id: 'k', status: 'APPROVED', definition: 'Wer kauft', abbreviations: ['GP'] }),
    term({ id: 'unit-0', term: 'Geschäftspartner', status: 'DEPRECATED', definition: 'Wer kauft', replacementId: 'k' }),
  ]);
});

test.each([
  ['entities', MARTIF('<!DOCTYPE martif [<!ENTITY a "b">]>').replace('GP', '&a;')],
  ['an external entity', MARTIF('<!DOCTYPE martif [<!ENTITY a SYSTEM "file:///etc/passwd">]>').replace('GP', '&a;')],
  ['another root', '<html/>'],
  ['no XML', 'term'],
  ['deep nesting', `<tbx>${'<x>'.repeat(200)}`],
])('refuses %s', (_name, text) => expect(() => readTbx(text)).toThrow());

describe('through the GraphQL API', () => {
  let knowledge: TestKnowledge;
  let ada: KnowledgePerson;
  let moderator: KnowledgePerson;
  beforeAll(async () => {
    knowledge = await startTestKnowledge();
    [ada, moderator] = [knowledge.person(), knowledge.person('MODERATOR')];
  });
  afterAll(() => knowledge[Symbol.asyncDispose]());

  const IMPORT = `mutation ($format: GlossaryFormat!, $content: String!) { importGlossary(format: $format, content: $content) {
    created updated unchanged skippedCount skipped { term reason } } }`;
  const EXPORT = 'query ($format: GlossaryFormat!) { exportGlossary(format: $format) }';
  const LOOKUP = `query ($term: String!) { lookupTerm(term: $term) { term status replacement { term } translations { term }
    related { term } } }`;

  test('states, replacements, translations and relations survive import, export and another import', async () => {
    const content = [...writeTbx(GLOSSARY.slice(0, 1), 'dct')].join('');
    expect(await ada.isRefused(IMPORT, { format: 'TBX_DCT', content })).toMatchObject({ code: 'FORBIDDEN' });
    const { importGlossary } = await moderator.does(IMPORT, { format: 'TBX_DCT', content });
    expect(importGlossary).toMatchObject({ created: 3, updated: 0, skippedCount: 0 });
    expect((await ada.does(LOOKUP, { term: 'Abnehmer' })).lookupTerm).toEqual({
      term: 'Abnehmer',
      status: 'DEPRECATED',
      replacement: { term: 'Kunde' },
      translations: expect.arrayContaining([{ term: 'Kunde' }, { term: 'customer' }]),
      related: [{ term: 'customer' }],
    });
    for (const format of ['TBX_DCA', 'TBX_DCT', 'TBX_BASIC', 'CSV']) {
      const { exportGlossary } = await ada.does(EXPORT, { format });
      const again = (await moderator.does(IMPORT, { format, content: exportGlossary })).importGlossary;
      expect([format, again]).toEqual([format, { created: 0, updated: 0, unchanged: 3, skippedCount: 0, skipped: [] }]);
    }
  });

  test('an import names what it leaves out, and refuses what it cannot read', async () => {
    const content = 'term,locale\nfine,en\nfine,en\nbad,not a tag\n,en\n';
    const { importGlossary } = await moderator.does(IMPORT, { format: 'CSV', content });
    expect(importGlossary).toMatchObject({ created: 1, skippedCount: 3 });
    expect(importGlossary.skipped.map(({ term: name }: { term: string }) => name).sort()).toEqual(['', 'bad', 'fine']);
    for (const bad of ['a,b\n1,2', '<tbx'])
      for (const format of ['CSV', 'TBX_DCA'])
        expect(await moderator.isRefused(IMPORT, { format, content: bad })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
