/** A dictionary of a million terms, made by PostgreSQL itself: compounds of German words, with synonyms and keys as the subgraph writes them. */
// cspell:disable -- German words
import type { EntityManager } from '@chat/kit/database/database';

/** Words of which compounds begin, continue and end. Of each list, 100 are needed for a million terms. */
const WORDS =
  `abend abfall acker ader akten alarm alltag alter ampel anbau anker apfel arbeit archiv armee arzt asche auto bach backen bahn balken
band bank bau baum beitrag berg beruf besuch beton bett bezirk biene bild blatt blech blei blick block blumen boden bohnen boot brand
brief brot brücken brunnen buch bühnen bund burg büro dach dampf daten deck dienst dorf draht druck ecken eisen energie ernte erz essen
fabrik faden fahrt farben fass feder feld fenster fest feuer film finger fisch flächen flaschen fleisch flug fluss form forst frucht
futter garten gas gäste gebiet gefahr geld gelenk gemüse geräte getreide gewinn gift glas gold graben gras grenz grund gummi hafen`.split(
    /\s+/,
  );

/** @param size up to a million */
export async function createTerms(em: EntityManager, size: number): Promise<void> {
  for (let from = 0; from < size; from += BATCH) await createBatch(em, from, Math.min(from + BATCH, size));
  await em.execute('vacuum analyze knowledge.terms');
  await em.execute('vacuum analyze knowledge.term_keys');
}

/** Rows of one statement, which has a time limit. */
const BATCH = 20_000;

async function createBatch(em: EntityManager, from: number, to: number): Promise<void> {
  await em.execute(
    `with created as (
       insert into knowledge.terms (id, concept_id, term, locale, definition, synonyms, status, created_by, created_at, updated_at)
       select uuidv7(), gen_random_uuid(), initcap(w[1 + i % 100] || w[1 + (i / 100) % 100] || w[1 + (i / 10000) % 100]),
         case i % 3 when 0 then 'en' else 'de' end, 'A definition.', array[w[1 + i % 100] || ' ' || w[1 + (i / 10000) % 100]],
         case i % 5 when 0 then 'PROPOSED' else 'APPROVED' end, gen_random_uuid(), now(), now()
       from generate_series(?::int, ?::int - 1) i, (select array(select jsonb_array_elements_text(?::jsonb)) w) words
       on conflict do nothing returning *),
     plain as (select id, locale, translate(lower(term), 'äöü', 'aou') term, translate(lower(synonyms[1]), 'äöü', 'aou') synonym from created)
     insert into knowledge.term_keys (term_id, key, kind)
     select t.id, k.key, k.kind from plain t, lateral (values (t.term, 'TERM'), (t.synonym, 'SYNONYM'),
       (left(t.term, -1), case t.locale when 'de' then 'STEM_DE' else 'STEM_EN' end)) k (key, kind)`,
    [from, to, JSON.stringify(WORDS.slice(0, 100))],
  );
}
