/** Loads documents for one viewer. There is no other way to load one that the viewer might not see. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { findDocuments, type DocumentRow } from './document.store';

export class DocumentLoader {
  private readonly byId: DataLoader<string, DocumentRow | null>;

  constructor(em: () => EntityManager, viewer: Viewer | null) {
    this.byId = new DataLoader(async (ids) => {
      const rows = viewer ? await findDocuments(em(), viewer, ids) : [];
      const found = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => found.get(id) ?? null);
    });
  }

  /** `null` if it does not exist, if the id is malformed, or if the viewer may not read it. */
  async accessDocument(id: string): Promise<DocumentRow | null> {
    return isId(id) ? this.byId.load(id.toLowerCase()) : null;
  }

  clear(id: string): void {
    this.byId.clear(id.toLowerCase());
  }
}
