/** Creates, changes, relates and deletes terms. Access is in term.policy.ts. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, notFound } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { languageOf } from '@chat/kit/text-analysis/language';
import type { SourceChanges } from '../../changes/source-changes';
import { localeOf } from '../../locale';
import type { CreateTermInput, SetTermStatusInput, UpdateTermInput } from './term.input';
import { noteChange, readTerms, saveTerm, TERM_COLUMNS, type TermRow } from './term.store';
import { TermStatus } from './term.type';

const MAX_RELATED = 100;

export class TermService {
  constructor(private readonly changes: SourceChanges) {}

  /** Terms of moderators are approved at once. @throws CONFLICT if the locale has the term */
  async createTerm(em: EntityManager, viewer: Viewer, input: CreateTermInput): Promise<TermRow> {
    const locale = localeOf(input.locale) ?? languageOf(input.definition) ?? 'en';
    return em.transactional(async (tx) => {
      const original =
        input.translationOfId == null ? null : await lockTerm(tx, input.translationOfId, 'translationOfId');
      const now = new Date();
      const row: TermRow = {
        id: newId(),
        conceptId: original?.conceptId ?? newId(),
        term: input.term.trim(),
        locale,
        definition: input.definition.trim(),
        synonyms: once(input.synonyms),
        abbreviations: once(input.abbreviations),
        usageNote: input.usageNote?.trim() || null,
        status: viewer.permissions.includes('DELETE') ? TermStatus.APPROVED : TermStatus.PROPOSED,
        replacementId: null,
        createdBy: viewer.id,
        createdAt: now,
        updatedAt: now,
      };
      await saveTerm(tx, row).catch((error: unknown) => {
        if ((error as { code?: string }).code === '23505')
          throw conflict('The dictionary has this term in this locale.');
        throw error;
      });
      await this.changes.announce(tx, { kind: 'DICTIONARY', id: row.id, change: 'CREATED' });
      return row;
    });
  }

  async updateTerm(em: EntityManager, input: UpdateTermInput): Promise<TermRow> {
    return this.change(em, input.id, (row) => {
      if (input.definition != null) row.definition = input.definition.trim();
      if (input.synonyms) row.synonyms = once(input.synonyms);
      if (input.abbreviations) row.abbreviations = once(input.abbreviations);
      if (input.usageNote != null) row.usageNote = input.usageNote.trim() || null;
    });
  }

  /** @throws BAD_USER_INPUT if a replacement is given for another state, is the term itself, or does not exist */
  async setTermStatus(em: EntityManager, { id, status, replacementId }: SetTermStatusInput): Promise<TermRow> {
    if (replacementId != null) {
      const isSound = status === TermStatus.DEPRECATED && replacementId.toLowerCase() !== id.toLowerCase();
      const [found] = isSound && isId(replacementId) ? await readTerms(em, [replacementId]) : [];
      if (!found) throw badUserInput({ replacementId: 'replacementId must be another term, and status DEPRECATED.' });
    }
    return this.change(em, id, (row) => {
      row.status = status;
      row.replacementId = replacementId?.toLowerCase() ?? null;
    });
  }

  async deleteTerm(em: EntityManager, id: string): Promise<void> {
    await em.transactional(async (tx) => {
      const translations = await tx.execute<{ id: string }[]>(
        `with gone as (delete from knowledge.terms where id = ? returning id, concept_id)
         select t.id from gone join knowledge.terms t using (concept_id) where t.id <> gone.id`,
        [id],
      );
      await noteChange(tx);
      await this.changes.announce(
        tx,
        { kind: 'DICTIONARY', id: id.toLowerCase(), change: 'DELETED' },
        ...translations.map((other) => ({ kind: 'DICTIONARY' as const, id: other.id, change: 'UPDATED' as const })),
      );
    });
  }

  /** Adds relations in both directions. @throws BAD_USER_INPUT naming unknown terms */
  async relateTerms(em: EntityManager, id: string, relatedIds: readonly string[]): Promise<TermRow> {
    const ids = [...new Set(relatedIds.map((related) => related.toLowerCase()))].filter(
      (other) => other !== id.toLowerCase(),
    );
    if (ids.length > MAX_RELATED) throw badUserInput({ relatedIds: `relatedIds has at most ${MAX_RELATED} terms.` });
    return em.transactional(async (tx) => {
      const found = ids.every(isId) && ids.length > 0 ? await readTerms(tx, ids) : [];
      if (found.length < ids.length) throw badUserInput({ relatedIds: 'relatedIds has an unknown term.' });
      const row = await lockTerm(tx, id);
      for (const other of ids)
        await tx.execute(
          `insert into knowledge.term_relations (term_id, related_id) values (?, ?), (?, ?) on conflict do nothing`,
          [row.id, other, other, row.id],
        );
      await this.changes.announce(tx, { kind: 'DICTIONARY', id: row.id, change: 'UPDATED' });
      return row;
    });
  }

  private change(em: EntityManager, id: string, apply: (row: TermRow) => void): Promise<TermRow> {
    return em.transactional(async (tx) => {
      const row = await lockTerm(tx, id);
      apply(row);
      row.updatedAt = new Date();
      await saveTerm(tx, row);
      await this.changes.announce(tx, { kind: 'DICTIONARY', id: row.id, change: 'UPDATED' });
      return row;
    });
  }
}

/** @throws NOT_FOUND, or BAD_USER_INPUT if `field` names the input field that holds the id */
async function lockTerm(tx: EntityManager, id: string, field?: string): Promise<TermRow> {
  const [row] = isId(id)
    ? await tx.execute<TermRow[]>(`select ${TERM_COLUMNS} from knowledge.terms t where t.id = ? for update`, [id])
    : [];
  if (!row) throw field ? badUserInput({ [field]: `${field} is not a term.` }) : notFound('Term');
  return row;
}

const once = (texts: readonly string[] | null | undefined): string[] => [
  ...new Set((texts ?? []).map((text) => text.trim())),
];
