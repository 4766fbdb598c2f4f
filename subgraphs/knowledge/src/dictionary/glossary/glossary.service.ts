/** Reads the dictionary as a glossary, and takes glossaries in. Access is in glossary.policy.ts, formats in the files beside it. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import { newId } from '@chat/kit/ids';
import { languageOf } from '@chat/kit/text-analysis/language';
import type { SourceChange, SourceChanges } from '../../changes/source-changes';
import { localeOf } from '../../locale';
import { DEFINITION, MAX_SYNONYMS, NOTE, TERM } from '../terms/term.input';
import { inLocale } from '../terms/term.lookup';
import { noteChange, TERM_COLUMNS, writeTerm, type TermRow } from '../terms/term.store';
import { TermStatus } from '../terms/term.type';
import { readCsv, writeCsv } from './csv';
import type { Concept, GlossaryTerm } from './glossary';
import { GlossaryFormat, type GlossaryImport } from './glossary.type';
import { readTbx } from './tbx.reader';
import { writeTbx } from './tbx.writer';

/** Terms of one export or import. */
const MAX_TERMS = 20_000;
/** Skipped terms that the answer names. */
const MAX_NAMED = 100;

export class GlossaryService {
  constructor(private readonly changes: SourceChanges) {}

  /** @throws LIMIT_EXCEEDED if there are more than 20,000 terms */
  async exportGlossary(em: EntityManager, format: GlossaryFormat, locale?: string | null): Promise<string> {
    const place = inLocale(locale);
    const rows = await em.execute<(TermRow & { relatedIds: string[] })[]>(
      `select ${TERM_COLUMNS}, array(select r.related_id::text from knowledge.term_relations r where r.term_id = t.id order by 1) as "relatedIds"
       from knowledge.terms t where ${place.sql}
       order by t.concept_id, t.id limit ?`,
      [...place.values, MAX_TERMS + 1],
    );
    if (rows.length > MAX_TERMS)
      throw new ApiError(
        'LIMIT_EXCEEDED',
        `The dictionary has more than ${MAX_TERMS} terms. Export one locale at a time.`,
      );
    const concepts = [...Map.groupBy(rows, ({ conceptId }) => conceptId)].map(([id, terms]) => ({ id, terms }));
    return [...textsOf(format, concepts)].join('');
  }

  /**
   * Adds terms, and changes those that the dictionary has, by their locale and spelling. Present synonyms stay; texts are replaced.
   * @throws BAD_USER_INPUT if the content is not in the format
   */
  async importGlossary(
    em: EntityManager,
    viewer: Viewer,
    format: GlossaryFormat,
    content: string,
  ): Promise<GlossaryImport> {
    const concepts = read(format, content);
    const result: GlossaryImport = { created: 0, updated: 0, unchanged: 0, skippedCount: 0, skipped: [] };
    const skip = (term: string, reason: string) => {
      result.skippedCount++;
      if (result.skipped.length < MAX_NAMED) result.skipped.push({ term: term.slice(0, TERM.max), reason });
    };
    await em.transactional(async (tx) => {
      // Two imports at once would create a term twice.
      await tx.execute(`select pg_advisory_xact_lock(hashtext('knowledge glossary import'))`);
      const taken = new Map<string, { row: TermRow; source: GlossaryTerm; isNew: boolean; before: string }>();
      const rowIds = new Set<string>();
      for (const concept of concepts) {
        const valid = concept.terms.flatMap((term) => {
          const checked = check(term);
          if (typeof checked === 'string') skip(term.term, checked);
          return typeof checked === 'string' ? [] : [checked];
        });
        const present = await Promise.all(valid.map((term) => find(tx, term)));
        const conceptId = present.find((row) => row !== undefined)?.conceptId ?? newId();
        for (const [i, term] of valid.entries()) {
          if (taken.has(term.id) || (present[i] && rowIds.has(present[i].id)))
            skip(term.term, 'the glossary has the term twice');
          else {
            const row = present[i] ?? blank(term, conceptId, viewer);
            const before = present[i] ? comparable(row) : '';
            await writeTerm(tx, merge(row, term));
            rowIds.add(row.id);
            taken.set(term.id, { row, source: term, isNew: !present[i], before });
          }
        }
      }
      const changes: SourceChange[] = [];
      for (const { row, source, isNew, before } of taken.values()) {
        const replacement = source.replacementId === null ? undefined : taken.get(source.replacementId)?.row.id;
        if (replacement !== undefined && replacement !== row.id && row.replacementId !== replacement) {
          row.replacementId = replacement;
          await writeTerm(tx, row);
        }
        await relate(
          tx,
          row.id,
          source.relatedIds.flatMap((id) => taken.get(id)?.row.id ?? []),
        );
        const change = isNew ? 'created' : comparable(row) === before ? 'unchanged' : 'updated';
        result[change]++;
        if (change !== 'unchanged')
          changes.push({ kind: 'DICTIONARY', id: row.id, change: isNew ? 'CREATED' : 'UPDATED' });
      }
      if (changes.length > 0) await this.changes.announce(tx, ...changes);
      if (taken.size > 0) await noteChange(tx);
    });
    return result;
  }
}

function textsOf(format: GlossaryFormat, concepts: readonly Concept[]): Generator<string> {
  if (format === GlossaryFormat.CSV) return writeCsv(concepts);
  return writeTbx(
    concepts,
    format === GlossaryFormat.TBX_DCA ? 'dca' : format === GlossaryFormat.TBX_DCT ? 'dct' : 'basic',
  );
}

function read(format: GlossaryFormat, content: string): Concept[] {
  let concepts: Concept[];
  try {
    concepts = format === GlossaryFormat.CSV ? readCsv(content) : readTbx(content);
  } catch (error) {
    throw badUserInput({
      content: `content cannot be read. ${(error as Error).message.split('\n')[0]!.slice(0, 300)}`,
    });
  }
  if (concepts.reduce((sum, { terms }) => sum + terms.length, 0) > MAX_TERMS)
    throw new ApiError('LIMIT_EXCEEDED', `An import has at most ${MAX_TERMS} terms.`);
  return concepts;
}

/** The term with its canonical locale, or the reason to skip it. */
function check(term: GlossaryTerm): GlossaryTerm | string {
  const problem =
    textProblem(term.term, TERM) ??
    textProblem(term.definition, { ...DEFINITION, min: 0 }) ??
    textProblem(term.usageNote ?? '', NOTE) ??
    [...term.synonyms, ...term.abbreviations].map((text) => textProblem(text, TERM)).find(Boolean);
  if (problem) return problem;
  if (Math.max(term.synonyms.length, term.abbreviations.length) > MAX_SYNONYMS)
    return `must have at most ${MAX_SYNONYMS} synonyms and short forms`;
  try {
    return { ...term, locale: localeOf(term.locale || null) ?? languageOf(term.definition) ?? 'en' };
  } catch {
    return 'its locale is no language tag';
  }
}

async function find(tx: EntityManager, { term, locale }: GlossaryTerm): Promise<TermRow | undefined> {
  const [row] = await tx.execute<TermRow[]>(
    `select ${TERM_COLUMNS} from knowledge.terms t where t.locale = ? and lower(t.term) = lower(?) for update`,
    [locale, term],
  );
  return row;
}

function blank({ term, locale }: GlossaryTerm, conceptId: string, viewer: Viewer): TermRow {
  const now = new Date();
  return {
    id: newId(),
    conceptId,
    term,
    locale,
    definition: '',
    synonyms: [],
    abbreviations: [],
    usageNote: null,
    status: TermStatus.PROPOSED,
    replacementId: null,
    createdBy: viewer.id,
    createdAt: now,
    updatedAt: now,
  };
}

function merge(row: TermRow, term: GlossaryTerm): TermRow {
  const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].slice(0, MAX_SYNONYMS);
  return Object.assign(row, {
    definition: term.definition || row.definition,
    synonyms: union(row.synonyms, term.synonyms),
    abbreviations: union(row.abbreviations, term.abbreviations),
    usageNote: term.usageNote ?? row.usageNote,
    status: term.status as TermStatus,
    replacementId: term.status === 'DEPRECATED' ? row.replacementId : null,
    updatedAt: new Date(),
  });
}

const comparable = ({ definition, synonyms, abbreviations, usageNote, status, replacementId }: TermRow) =>
  JSON.stringify([definition, synonyms, abbreviations, usageNote, status, replacementId]);

async function relate(tx: EntityManager, id: string, relatedIds: readonly string[]): Promise<void> {
  for (const related of relatedIds)
    if (related !== id)
      await tx.execute(
        'insert into knowledge.term_relations (term_id, related_id) values (?, ?), (?, ?) on conflict do nothing',
        [id, related, related, id],
      );
}
