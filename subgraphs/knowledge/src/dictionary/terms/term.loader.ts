/** Loads terms by id, by concept and by relation, many in one query. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { readTerms, TERM_COLUMNS, type TermRow } from './term.store';

export class TermLoader {
  private readonly byId: DataLoader<string, TermRow | null>;
  private readonly byConcept: DataLoader<string, TermRow[]>;
  private readonly byRelation: DataLoader<string, TermRow[]>;

  constructor(em: () => EntityManager) {
    this.byId = new DataLoader(async (ids) => {
      const byId = new Map((await readTerms(em(), ids)).map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    });
    this.byConcept = new DataLoader(async (ids) => {
      const rows = await em().execute<TermRow[]>(
        `select ${TERM_COLUMNS} from knowledge.terms t where t.concept_id in (?) order by t.locale, t.id`,
        [ids],
      );
      const byConcept = Map.groupBy(rows, ({ conceptId }) => conceptId);
      return ids.map((id) => byConcept.get(id) ?? []);
    });
    this.byRelation = new DataLoader(async (ids) => {
      const rows = await em().execute<(TermRow & { of: string })[]>(
        `select ${TERM_COLUMNS}, r.term_id as of from knowledge.term_relations r join knowledge.terms t on t.id = r.related_id
         where r.term_id in (?) order by t.term, t.id`,
        [ids],
      );
      const byTerm = Map.groupBy(rows, ({ of }) => of);
      return ids.map((id) => byTerm.get(id) ?? []);
    });
  }

  /** `null` if the term does not exist or its id is malformed. */
  async termById(id: string): Promise<TermRow | null> {
    return isId(id) ? this.byId.load(id.toLowerCase()) : null;
  }

  async translations({ id, conceptId }: TermRow): Promise<TermRow[]> {
    return (await this.byConcept.load(conceptId)).filter((term) => term.id !== id);
  }

  related({ id }: TermRow): Promise<TermRow[]> {
    return this.byRelation.load(id);
  }

  clear(): void {
    for (const loader of [this.byId, this.byConcept, this.byRelation]) loader.clearAll();
  }
}
