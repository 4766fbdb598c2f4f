/** Export and import: Markdown folders, MediaWiki dumps, and their conversion. */
// cspell:words Datei Bild Protokoll Anwesend noinclude Doku Kasten siteinfo Wichtig Kopf Beginn beginn Kreis nowiki Hilfe Diskussion Startseite WEITERLEITUNG Kategorie
import { Database } from '@chat/kit/database/database';
import { createLogger } from '@chat/kit/logging';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestKnowledge, type KnowledgePerson, type TestKnowledge } from '../../testing/test-knowledge';
import { PageEntity } from '../pages/page.entity';
import { absoluteLinks, readPage, writePage } from './front-matter';
import { fileOf, markdownFiles, writeMarkdown } from './markdown-folder';
import { importMediaWiki } from './mediawiki.importer';
import { readDump, type DumpPage } from './mediawiki.reader';
import { importerFor } from './offline-wiki';
import { exportedPages } from './page.exporter';
import { markdownOf } from './wikitext';

let knowledge: TestKnowledge;
let database: Database;
let ada: KnowledgePerson;
let folder: string;
const log = createLogger('test', 'silent');
beforeAll(async () => {
  knowledge = await startTestKnowledge();
  ada = knowledge.person();
  folder = await mkdtemp(join(tmpdir(), 'wiki-'));
  database = await Database.open({
    url: knowledge.config.DATABASE_URL,
    schema: 'knowledge',
    entities: [PageEntity],
    migrations: [],
    log,
  });
  await database.ready();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await knowledge[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const importer = () => importerFor(database, log, ada.id);
const PAGE = `query ($slug: String!, $locale: String) { wikiPage(slug: $slug, locale: $locale) {
  id slug title body locale tags category { path } isRestricted backlinks { slug } } }`;
const read = async (slug: string, locale?: string) => (await ada.does(PAGE, { slug, locale })).wikiPage;

const page = (more: object = {}) => ({
  slug: 'guides/setup',
  locale: 'en',
  title: 'Set: "up" #1',
  body: 'a\n---\nb\n',
  categoryPath: 'A/B',
  tags: ['x', 'yes'],
  aliases: ['old/setup'],
  isRestricted: true,
  isLocked: false,
  isTemplate: true,
  ...more,
});

test.each([{}, { body: '' }, { body: '---\ntitle: no\n---\nx' }, { tags: [], aliases: [], categoryPath: undefined }])(
  'a page survives its file: %j',
  (more) => expect(readPage('guides/setup.en.md', writePage(page(more)))).toEqual(page(more)),
);

test.each([
  ['notes/My Note.md', 'hello', { slug: 'notes/my-note', title: 'My Note', locale: undefined }],
  ['notes/README.md', '# Notes\n\nx', { slug: 'notes', title: 'Notes' }],
  [
    'a.de.md',
    '\uFEFF---\r\ntags: one, two\r\nother: [1]\r\n---\r\nx',
    { slug: 'a', locale: 'de', tags: ['one', 'two'] },
  ],
  ['a.md', '---\nno end', { body: '---\nno end' }],
])('reads the file %s of another program', (file, text, expected) =>
  expect(readPage(file, text)).toMatchObject(expected),
);

test.each(['---\ntitle: [\n---\n', '---\ntags: {a: 1}\n---\n', '---\n- list\n---\n'])(
  'refuses front matter %j',
  (text) => expect(() => readPage('a.md', text)).toThrow('invalid front matter'),
);

test('relative links of files become paths; others and code stay', () => {
  expect(absoluteLinks('a/b.md', '[x](../c.md#d) [y](e.md) [z](https://x.y/a.md) [[w]]\n```\n[x](e.md)\n```')).toBe(
    '[x](/wiki/c) [y](/wiki/a/e) [z](https://x.y/a.md) [[w]]\n```\n[x](e.md)\n```',
  );
});

test('file names fit file systems and differ', () => {
  const long = '漢'.repeat(190);
  expect(Buffer.byteLength(fileOf(long, 'zh'))).toBeLessThan(255);
  expect(fileOf(`${long}a`, 'zh')).not.toBe(fileOf(`${long}b`, 'zh'));
});

test('an export leaves out deleted pages, and an import of it changes nothing and restores what is missing', async () => {
  const { id } = await ada.writes({ title: 'Target', body: 'x', slug: 'move/old', categoryPath: 'Docs', tags: ['t'] });
  await ada.changes({ id, baseVersion: 1, slug: 'move/new' });
  await ada.writes({ title: 'Source', body: 'See [[move/old]].', slug: 'source', locale: 'de' });
  const { id: gone } = await ada.writes({ title: 'Gone', body: 'x', slug: 'gone' });
  const DELETE = 'mutation ($id: ID!) { deleteWikiPage(id: $id) }';
  await ada.does(DELETE, { id: gone });
  for await (const exported of exportedPages(() => database.fork()))
    await writeMarkdown(folder, fileOf(exported.slug, exported.locale), writePage(exported));
  await mkdir(join(folder, '.trash'));
  await writeFile(join(folder, '.trash', 'gone.md'), 'x');
  const run = async () => {
    const into = importer();
    for await (const { file, text } of markdownFiles(folder)) await into.save(readPage(file, text!), file, 'Import');
    return into.counts;
  };
  expect(await run()).toMatchObject({ created: 0, updated: 0, unchanged: 2, skipped: new Map() });
  await ada.does(DELETE, { id });
  expect(await run()).toMatchObject({ created: 1, updated: 0, unchanged: 1 });
  const restored = await read('move/old');
  expect(restored).toMatchObject({ slug: 'move/new', title: 'Target', tags: ['t'], category: { path: 'Docs' } });
  expect(restored.backlinks).toEqual([{ slug: 'source' }]);
});

test('an import skips with a reason, and gives a second page of one path a number', async () => {
  const into = importer();
  await into.save(page({ slug: 'twice', body: 'one', isRestricted: false }), 'a', 'Import');
  await into.save(page({ slug: 'twice', body: 'two', isRestricted: false }), 'b', 'Import');
  await into.save(page({ slug: 'long', body: 'x'.repeat(200_001) }), 'c', 'Import');
  await into.save(page({ slug: 'tongue', locale: 'not a tag' }), 'd', 'Import');
  expect((await read('twice-2')).body).toBe('two');
  expect([...into.counts.skipped]).toEqual([
    ['body must have at most 200000 characters', ['c']],
    ['locale is no language tag', ['d']],
  ]);
});

const revision = (id: number, user: string, text: string) =>
  `<revision><id>${id}</id><timestamp>2020-01-0${id}T10:00:00Z</timestamp><comment>Change ${id}</comment><contributor><username>${user}</username><id>1</id></contributor><model>wikitext</model>
   <text bytes="1">${text}</text></revision>`;
const DUMP = `<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="de"><siteinfo><namespaces>
  <namespace key="0" case="first-letter" /><namespace key="1">Diskussion</namespace><namespace key="12">Hilfe</namespace>
  <namespace key="14">Kategorie</namespace><namespace key="6">Datei</namespace><namespace key="10">Vorlage</namespace></namespaces></siteinfo>
  <page><title>Startseite</title><ns>0</ns><id>1</id>${revision(2, 'Eve', 'new [[Hilfe:Rat|Rat]] [[Kategorie:Wichtig]]')}${revision(1, 'Bob', 'old')}</page>
  <page><title>Hilfe:Rat</title><ns>12</ns><id>2</id>${revision(3, 'Eve', '== Kopf ==\n* a &amp; b')}</page>
  <page><title>Diskussion:Rat</title><ns>1</ns><id>3</id>${revision(4, 'Kim', 'x')}</page>
  <page><title>Beginn</title><ns>0</ns><id>4</id><redirect title="Startseite" />${revision(5, 'Kim', '#WEITERLEITUNG [[Startseite]]')}</page>
  <page><title>Kreis</title><ns>0</ns><id>5</id>${revision(6, 'Kim', '#WEITERLEITUNG [[Kreis]]')}</page>
  <page><title>Leer</title><ns>0</ns><id>6</id><revision><id>7</id><contributor deleted="deleted" /><text bytes="1" deleted="deleted" /></revision></page>
  <page><title>Datei:Bild.png</title><ns>6</ns><id>7</id>${revision(8, 'Kim', 'Ein Bild.')}</page>
  <page><title>Vorlage:Protokoll</title><ns>10</ns><id>8</id>${revision(9, 'Kim', '== Anwesend ==&lt;noinclude&gt;{{Doku}}&lt;/noinclude&gt;')}</page>
  <page><title>Vorlage:Kasten</title><ns>10</ns><id>9</id>${revision(9, 'Kim', '{{{1}}}')}</page>
</mediawiki>`;

/** In pieces that cut characters. */
async function* pieces(text: string, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

test('a dump is imported with its history, redirects and counts', async () => {
  const into = importer();
  const counts = await importMediaWiki(pieces(DUMP), into);
  expect(counts).toEqual({
    pages: 9,
    namespaces: new Map([
      ['main', 4],
      ['Hilfe', 1],
      ['Diskussion', 1],
      ['Datei', 1],
      ['Vorlage', 2],
    ]),
    redirects: { found: 2, kept: 1 },
    contributors: 3,
    revisionsLeft: 0,
  });
  expect(into.counts).toMatchObject({ created: 3, updated: 0, earlier: 1 });
  expect(Object.fromEntries(into.counts.skipped)).toEqual({
    'namespace Diskussion': ['Diskussion:Rat'],
    'text is not in the dump': ['Leer'],
    'redirect to a page that is not imported': ['Kreis'],
    'namespace Datei: the dump has no files; upload them and attach them to pages': ['Datei:Bild.png'],
    'template with parameters or code': ['Vorlage:Kasten'],
  });
  expect(await read('beginn', 'de')).toMatchObject({ title: 'Startseite', locale: 'de', tags: ['Wichtig'] });
  const help = await read('hilfe/rat', 'de');
  expect(help).toMatchObject({ body: '## Kopf\n\n- a & b\n', category: { path: 'Hilfe' } });
  expect(help.backlinks).toEqual([{ slug: 'startseite' }]);
  const again = importer();
  await importMediaWiki(pieces(DUMP, 1000), again);
  expect(again.counts).toMatchObject({ created: 0, updated: 0, unchanged: 3, earlier: 0 });
});

test('imported revisions keep their authors, times and summaries, and further changes follow them', async () => {
  const history = async () => {
    const { wikiPage } = await ada.does(
      `{ wikiPage(slug: "startseite", locale: "de") { id version revisions(first: 9) { edges { node {
          version body summary originalAuthor createdAt author { id } } } } } }`,
    );
    return { ...wikiPage, revisions: wikiPage.revisions.edges.map(({ node }: { node: object }) => node) };
  };
  const { id, version, revisions } = await history();
  const summary = 'Imported revision 2 by Eve from MediaWiki: Change 2';
  const author = { id: expect.any(String) };
  const imported = [
    ...[{ version: 2, body: 'new [[Hilfe/Rat|Rat]]\n', summary, originalAuthor: 'Eve', author }],
    ...[{ version: 1, body: 'old\n', summary: 'Change 1', originalAuthor: 'Bob', author }],
  ].map((one) => ({ ...one, createdAt: `2020-01-0${one.version}T10:00:00.000Z` }));
  expect({ version, revisions }).toEqual({ version: 2, revisions: imported });
  await ada.changes({ id, baseVersion: 2, body: 'newer\n' });
  expect((await history()).revisions).toEqual([
    expect.objectContaining({ version: 3, body: 'newer\n', originalAuthor: null }),
    ...imported,
  ]);
});

test('of a long history, the latest revisions are kept, in whatever order the dump has them', async () => {
  const numbers = [4, 1, 3, 5, 2];
  const texts = numbers.map((number) => revision(number, 'Eve', `text ${number}`)).join('');
  const dump = `<mediawiki><page><title>P</title><ns>0</ns><id>1</id>${texts}</page></mediawiki>`;
  for await (const { latest, earlier, left } of readDump(pieces(dump), undefined, 3)) {
    expect([...earlier, latest].map(({ text }) => text)).toEqual(['text 3', 'text 4', 'text 5']);
    expect(left).toBe(2);
  }
});

test.each([
  ['no XML', 'no well-formed XML'],
  ['<html></html>', 'no MediaWiki dump'],
  ['<!DOCTYPE m [<!ENTITY a "b">]><mediawiki><page><title>&a;</title></page></mediawiki>', 'no well-formed XML'],
  ['<mediawiki><page>', 'no well-formed XML'],
])('refuses the dump %j', async (text, reason) => {
  const all = async () => {
    const pages: DumpPage[] = [];
    for await (const found of readDump(pieces(text))) pages.push(found);
    return pages;
  };
  await expect(all()).rejects.toThrow(reason);
});

test.each([
  ["'''bold''' ''it'' '''''both'''''", '**bold** *it* ***both***\n'],
  ['a {{tpl|{{inner}}|x}} b<ref>no</ref><ref name="a" /> c<!-- d -->', 'a  b c\n'],
  [
    '[[Foo bar#Sec|label]] [[foo]] [https://a.b text] [https://a.b]',
    '[[Foo bar|label]] [[foo|foo]] [text](https://a.b) <https://a.b>\n',
  ],
  ['[[File:x.png|thumb|a [[link]]]] [[de:Fremd]] z', 'z\n'],
  ['# one\n## two\n* three\n: four', '1. one\n   1. two\n- three\nfour\n'],
  ['<pre>\n{{a}}\n</pre><nowiki>[[b]]</nowiki> <code>c</code>', '```\n{{a}}\n```\n[[b]] `c`\n'],
  ['{| class="w"\n! A !! B\n|-\n| style="x" | 1 || [[p|q]]\n|}', '| A | B |\n| --- | --- |\n| 1 | [[p\\|q]] |\n'],
  ['{{open [[open', '{{open [[open\n'],
])('converts %j', (wikitext, body) => expect(markdownOf(wikitext).body).toBe(body));

test('hostile wikitext takes linear time', () => {
  const start = performance.now();
  for (const part of ['{{', '[[', "''", '<ref', '<pre>', '{|\n|', '= ', '*#:;', '[http://a', '<!--', '<a '])
    markdownOf(part.repeat(50_000));
  expect(performance.now() - start).toBeLessThan(10_000);
});
