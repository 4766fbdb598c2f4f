/**
 * Keeps the index of terms equal to the approved terms of the dictionary. A change notes its term, and the other terms of the concept, which
 * name it as a translation; a job indexes the noted ones. Decides nothing about access.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { SourceChanges } from '../../changes/source-changes';
import { removeSource, writeSource } from '../indexing/chunk.store';
import type { SourceIndexer } from '../indexing/source.indexer';
import { enqueueEmbedding } from '../vectors/embeddings';
import { termText, termTitle, type IndexedTerm } from './term.text';

export const INDEX_TERMS = 'index-terms';

/** Terms that are read at once. */
const BATCH = 50;

interface NotedTerm {
  id: string;
  /** Another one after each change. */
  revision: string;
  /** Null unless it exists and is approved. */
  term: IndexedTerm | null;
}

export class TermIndexing {
  constructor(
    private readonly fork: () => EntityManager,
    private readonly jobs: Jobs,
    private readonly indexer: SourceIndexer,
  ) {}

  /** Notes changed terms in the transaction that changes them. */
  listen(changes: SourceChanges): void {
    changes.listen(async (tx, announced) => {
      const terms = announced.filter(({ kind }) => kind === 'DICTIONARY');
      if (terms.length === 0) return;
      const ids = JSON.stringify(terms.map(({ id }) => id));
      await tx.execute(NOTE, [ids, ids]);
      await this.enqueue(tx);
    });
  }

  enqueue(em: EntityManager): Promise<void> {
    return this.jobs.enqueue(em, INDEX_TERMS, {}, { key: INDEX_TERMS, queue: INDEX_TERMS });
  }

  /** The job. Idempotent. */
  readonly indexTerms = async (_: object, { signal }: { signal: AbortSignal }): Promise<void> => {
    const em = this.fork();
    while (!signal.aborted) {
      const noted = await em.execute<NotedTerm[]>(NOTED);
      if (noted.length === 0) return;
      for (const term of noted) await this.index(em, term);
      await enqueueEmbedding(em, this.jobs);
    }
  };

  /** Leaves the term noted if it has changed meanwhile. */
  private async index(em: EntityManager, { id, revision, term }: NotedTerm): Promise<void> {
    const source = { kind: 'DICTIONARY' as const, id };
    const prepared =
      term && (await this.indexer.prepare(em, { ...source, title: termTitle(term), text: termText(term) }));
    await em.transactional(async (tx) => {
      // A deletion waits for the row's lock, and then finds the chunks.
      await tx.execute('select 1 from knowledge.terms where id = ? for key share', [id]);
      const rows = await tx.execute<unknown[]>(
        'delete from knowledge.terms_to_index where term_id = ? and revision = ? returning 1',
        [id, revision],
      );
      if (rows.length === 0) return;
      if (!prepared) await removeSource(tx, source);
      else if (!(await writeSource(tx, prepared))) await tx.execute(NOTE_ONE, [id]);
    });
  }
}

const IDS = 'array(select jsonb_array_elements_text(?::jsonb)::uuid)';
const INTO_NOTES = `insert into knowledge.terms_to_index (term_id)`;
const AGAIN = `on conflict (term_id) do update set revision = excluded.revision`;

/** In one order, so that two changes of a concept never wait for each other. */
const NOTE = `${INTO_NOTES}
  select id from unnest(${IDS}) as id
  union select other.id from knowledge.terms t join knowledge.terms other on other.concept_id = t.concept_id where t.id = any (${IDS})
  order by 1 ${AGAIN}`;

const NOTE_ONE = `${INTO_NOTES} values (?) ${AGAIN}`;

const NOTED = `select n.term_id as id, n.revision, case when t.status = 'APPROVED' then jsonb_build_object(
    'term', t.term, 'locale', t.locale, 'definition', t.definition, 'synonyms', t.synonyms, 'abbreviations', t.abbreviations,
    'usageNote', t.usage_note, 'translations', coalesce((
      select jsonb_agg(o.term order by o.locale, o.term)
      from knowledge.terms o where o.concept_id = t.concept_id and o.id <> t.id and o.status = 'APPROVED'), '[]')) end as term
  from (select * from knowledge.terms_to_index order by term_id limit ${BATCH}) n
  left join knowledge.terms t on t.id = n.term_id order by n.term_id`;
