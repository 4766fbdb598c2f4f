/** Wiki, dictionary, documents and answers in the contract's operations. */
import { eventually } from '@chat/kit/testing/eventually';
import type { Person } from '../harness/person';
import type { System } from '../harness/system';

export function knowledge(system: System): void {
  let admin: Person;
  beforeAll(() => void (admin = system.admin));

  test('a page is written, changed, compared, found, rolled back and deleted', async () => {
    const input = {
      title: 'Marmots',
      body: 'Marmots whistle.',
      slug: 'marmots',
      categoryPath: 'Animals',
      tags: ['alps'],
    };
    const { id, version } = await admin.does('CreatePage', { input });
    const changes = await admin.follows('PageChanged', { id });
    let changed = { version };
    let heard: unknown;
    void changes.next().then((event) => (heard = event));
    // Changes from before the subscription was live are not delivered.
    await eventually(async () => {
      const body = `Marmots whistle loudly ${changed.version}.`;
      changed = await admin.does('UpdatePage', {
        input: { id, baseVersion: changed.version, body, summary: 'Louder' },
      });
      expect(heard).toMatchObject({ id, version: expect.any(Number) as number });
    }, 'a change of the page');
    await changes.end();
    expect((await admin.does('PageDiff', { id, from: version, to: changed.version })).unified).toContain('loudly');
    const page = await admin.does('Page', { slug: 'marmots' });
    expect(page).toMatchObject({
      id,
      body: expect.stringContaining('loudly') as string,
      category: { name: 'Animals' },
      tags: ['alps'],
    });
    expect(page.revisions.edges.length).toBeGreaterThan(1);
    expect((await admin.does('SearchWiki', { query: 'whistle' })).edges[0].node.page.id).toBe(id);
    expect(await admin.does('Categories')).toMatchObject([{ name: 'Animals', pageCount: 1 }]);
    expect((await admin.does('RollbackPage', { id, version })).version).toBeGreaterThan(changed.version);
    await admin.does('DeletePage', { id });
    expect(await admin.isRefused('Page', { slug: 'marmots' })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a term is defined, changed, related, looked up, completed and deleted', async () => {
    const create = (term: string) =>
      admin.does('CreateTerm', { input: { term, definition: `What ${term} is.`, locale: 'en' } });
    const [marmot, burrow] = [await create('marmot'), await create('burrow')];
    const changed = await admin.does('UpdateTerm', { input: { id: marmot.id, synonyms: ['whistle pig'] } });
    expect(changed.synonyms).toEqual(['whistle pig']);
    expect((await admin.does('RelateTerms', { id: marmot.id, relatedIds: [burrow.id] })).related).toEqual([
      { id: burrow.id, term: 'burrow' },
    ]);
    expect((await admin.does('LookupTerm', { term: 'whistle pig', locale: 'en' })).id).toBe(marmot.id);
    expect((await admin.does('CompleteTerm', { prefix: 'mar', locale: 'en', limit: 5 }))[0].id).toBe(marmot.id);
    await admin.does('DeleteTerm', { id: marmot.id });
    expect(await admin.does('LookupTerm', { term: 'marmot', locale: 'en' })).toBeNull();
  });

  test('documents are found and quoted in answers until they are removed', async () => {
    const add = (title: string, text: string) => admin.does('AddDocument', { input: { title, text } });
    const { id } = await add('Ibexes', 'The alpine ibex lives at the height of 3,000 metres in the Alps.');
    const other = await add('Goats', 'A goat lives in the valley below the Alps.');
    expect((await admin.does('Document', { id })).title).toBe('Ibexes');
    const [found] = await admin.does('SemanticSearch', { query: 'alpine ibex', limit: 3 });
    expect(found.source).toMatchObject({ __typename: 'Document', id });
    expect(await admin.does('SimilarDocuments', { id, limit: 3 })).toEqual([
      { score: expect.any(Number) as number, document: { id: other.id, title: 'Goats' } },
    ]);
    const question = 'At what height does the alpine ibex live?';
    const { answer, citations } = await admin.does('Ask', { question });
    expect(answer).toContain('3,000');
    expect(citations[0].source).toMatchObject({ id });
    const live = await admin.follows('AskLive', { question });
    expect((await live.next()).delta).toEqual(expect.any(String));
    await live.end();
    await admin.does('RemoveDocument', { id });
    expect(await admin.does('SemanticSearch', { query: 'alpine ibex height', limit: 1 })).not.toMatchObject([
      { source: { id } },
    ]);
  });
}
