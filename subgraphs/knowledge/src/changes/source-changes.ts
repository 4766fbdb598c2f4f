/**
 * Announces changes of pages and terms to other features, within the transaction that makes the change. A listener that enqueues a job in
 * that transaction misses no change. Holds no listener of its own.
 */
import type { EntityManager } from '@chat/kit/database/database';

export interface SourceChange {
  kind: 'WIKI' | 'DICTIONARY';
  id: string;
  change: 'CREATED' | 'UPDATED' | 'DELETED' | 'ACCESS';
}

/** Runs in the transaction of the change. An error rolls the change back. */
export type SourceListener = (tx: EntityManager, changes: readonly SourceChange[]) => Promise<void>;

export class SourceChanges {
  private readonly listeners: SourceListener[] = [];

  /** Call it while services are made. */
  listen(listener: SourceListener): void {
    this.listeners.push(listener);
  }

  async announce(tx: EntityManager, ...changes: SourceChange[]): Promise<void> {
    for (const listener of this.listeners) await listener(tx, changes);
  }
}
