/** The dictionary through the GraphQL API. */
// cspell:words farhg fahrgst fahrrgast fahrgazt fahrgsat Xahrgast Zahl Fahrgastzahlen Unfugzahlen Häuser häusern haeuser Fahrgast Fahrgäste Fahrgaesten Fahrgats Passagier Passagiere Reisende Reisenden fahrg passag fährt gehört sagen Veraltet Verkehr
import { newId } from '@chat/kit/ids';
import { eventually } from '@chat/kit/testing/eventually';
import { startTestKnowledge, type KnowledgePerson, type TestKnowledge } from '../../testing/test-knowledge';

let knowledge: TestKnowledge;
let ada: KnowledgePerson;
let bob: KnowledgePerson;
let moderator: KnowledgePerson;
let guest: KnowledgePerson;
beforeAll(async () => {
  knowledge = await startTestKnowledge();
  ada = knowledge.person();
  bob = knowledge.person();
  moderator = knowledge.person('MODERATOR');
  guest = knowledge.person('GUEST');
});
afterAll(() => knowledge[Symbol.asyncDispose]());

const CREATE = `mutation ($input: CreateTermInput!) { createTerm(input: $input) {
  id term locale definition synonyms status translations { locale term } } }`;
const UPDATE = 'mutation ($input: UpdateTermInput!) { updateTerm(input: $input) { id definition synonyms } }';
const DELETE = 'mutation ($id: ID!) { deleteTerm(id: $id) }';
const RELATE =
  'mutation ($id: ID!, $relatedIds: [ID!]!) { relateTerms(id: $id, relatedIds: $relatedIds) { id related { id term } } }';
const STATUS =
  'mutation ($input: SetTermStatusInput!) { setTermStatus(input: $input) { status replacement { term } } }';
const LOOKUP = `query ($term: String!, $locale: String) { lookupTerm(term: $term, locale: $locale) {
  id term definition synonyms related { id term } translations { locale term definition } } }`;
const COMPLETE =
  'query ($prefix: String!, $locale: String, $limit: Int) { completeTerm(prefix: $prefix, locale: $locale, limit: $limit) { id term } }';

const creates = async (term: string, more: object = {}) =>
  (await ada.does(CREATE, { input: { term, definition: 'x', locale: 'de', ...more } })).createTerm;
const looksUp = async (term: string, locale?: string) => (await guest.does(LOOKUP, { term, locale })).lookupTerm;
const completes = async (prefix: string) =>
  (await guest.does(COMPLETE, { prefix })).completeTerm.map(({ term }: { term: string }) => term);

test('a term is found by inflected forms, umlaut spellings and synonyms, and leads to its translation', async () => {
  const { id, status } = await creates('Fahrgast', {
    synonyms: ['Passagier', 'Reisende'],
    definition: 'Er fährt mit.',
  });
  expect(status).toBe('PROPOSED');
  const english = (
    await moderator.does(CREATE, { input: { term: 'passenger', definition: 'A traveller.', translationOfId: id } })
  ).createTerm;
  expect(english).toMatchObject({
    locale: 'en',
    status: 'APPROVED',
    translations: [{ locale: 'de', term: 'Fahrgast' }],
  });
  for (const word of ['fahrgast', 'Fahrgäste', 'Fahrgaesten', 'Passagiere', 'Reisenden'])
    expect((await looksUp(word, 'de')).id).toBe(id);
  expect((await looksUp('passengers')).term).toBe('passenger');
  expect((await looksUp('Fahrgast')).translations).toEqual([
    { locale: 'en', term: 'passenger', definition: 'A traveller.' },
  ]);
  expect(await looksUp('Fahrgast', 'en')).toBeNull();
  expect(await looksUp('unheard')).toBeNull();
});

test('the last word of a German compound is found if its first word is known', async () => {
  await creates('Zahl');
  expect((await looksUp('Fahrgastzahlen')).term).toBe('Zahl');
  expect(await looksUp('Unfugzahlen')).toBeNull();
});

test('completion knows prefixes, typos and synonyms; synonyms lead to their term', async () => {
  expect(await completes('fahrg')).toEqual(['Fahrgast']);
  expect(await completes('passag')).toEqual(['Fahrgast', 'passenger']);
  expect(await completes('Fahrgats')).toEqual(['Fahrgast']);
  for (const typed of ['fahrgst', 'fahrrgast', 'fahrgazt', 'fahrgsat'])
    expect(await completes(typed)).toEqual(['Fahrgast']);
  expect(await completes('farhg')).toEqual(['Fahrgast']);
  expect(await completes('Xahrgast')).toEqual([]);
  expect(await completes('100%')).toEqual([]);
  expect(await ada.isRefused(COMPLETE, { prefix: 'a', limit: 0 })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('a term exists once in a locale, also if two create it at once', async () => {
  const answers = await Promise.all(
    ['Haus', 'haus'].map((term) => ada.asks(CREATE, { input: { term, definition: 'x', locale: 'de' } })),
  );
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
  expect(answers.flatMap(({ errors }) => errors ?? [])[0]!.extensions).toMatchObject({ code: 'CONFLICT' });
  for (const word of ['Häuser', 'häusern', 'haeuser']) expect((await looksUp(word))?.term.toLowerCase()).toBe('haus');
});

test('members change terms, moderators decide on them, creators and moderators delete them', async () => {
  const { id } = await creates('Alt');
  const { id: replacementId } = await creates('Neu');
  const input = { id, definition: 'y', synonyms: ['Veraltet'] };
  expect(await guest.isRefused(UPDATE, { input })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await guest.isRefused(CREATE, { input: { term: 'g', definition: 'g' } })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await bob.does(UPDATE, { input })).toEqual({ updateTerm: { id, definition: 'y', synonyms: ['Veraltet'] } });
  const decision = { id, status: 'DEPRECATED', replacementId };
  expect(await ada.isRefused(STATUS, { input: decision })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await moderator.does(STATUS, { input: decision })).toEqual({
    setTermStatus: { status: 'DEPRECATED', replacement: { term: 'Neu' } },
  });
  expect(await bob.does(RELATE, { id, relatedIds: [replacementId] })).toMatchObject({
    relateTerms: { related: [{ term: 'Neu' }] },
  });
  expect((await looksUp('Neu')).related).toEqual([{ id, term: 'Alt' }]);
  expect(await bob.isRefused(RELATE, { id, relatedIds: [newId()] })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await bob.isRefused(DELETE, { id })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await bob.isRefused(DELETE, { id: newId() })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await ada.does(DELETE, { id })).toEqual({ deleteTerm: true });
  expect(await looksUp('Alt')).toBeNull();
});

test('messages and pages know their terms, in order and in any form', async () => {
  const { slug } = await ada.writes({ title: 'Verkehr', body: 'Die Häuser der Fahrgäste.' });
  const PAGE = 'query ($slug: String!) { wikiPage(slug: $slug) { terms { term } } }';
  const MESSAGE = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on Message { terms { term } } } }`;
  const names = (terms: { term: string }[]) => terms.map(({ term }) => term.toLowerCase());
  await eventually(async () => {
    const { wikiPage } = await bob.does(PAGE, { slug });
    return names(wikiPage.terms).join() === 'haus,fahrgast';
  });
  const representations = [
    { __typename: 'Message', id: newId(), body: 'Fahrgaesten gehört ein Haus, sagen passengers' },
  ];
  const { _entities } = await bob.does(MESSAGE, { representations });
  expect(names(_entities[0].terms)).toEqual(['fahrgast', 'haus', 'passenger']);
});
