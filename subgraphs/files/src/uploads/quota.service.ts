/** The limits for the total size of files: of one account, and of all. */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError } from '@chat/kit/errors';
import { usedBytes } from '../files/file.usage';

export interface Quotas {
  /** Bytes of one account; 0 is unlimited. */
  perAccount: number;
  /** Bytes of all accounts; 0 is unlimited. */
  total: number;
}

export class QuotaService {
  constructor(private readonly quotas: Quotas) {}

  /**
   * Reserves room for `bytes` more in the transaction that adds them. Concurrent reservations take turns.
   * @throws LIMIT_EXCEEDED if there is no room
   */
  async reserve(tx: EntityManager, ownerId: string, bytes: number): Promise<void> {
    const { perAccount, total } = this.quotas;
    if (perAccount > 0) {
      await lock(tx, `files.quota:${ownerId}`);
      const free = perAccount - (await usedBytes(tx, ownerId));
      if (bytes > free) throw exceeded('Your files would exceed your quota.', perAccount);
    }
    if (total > 0) {
      await lock(tx, 'files.quota');
      if (bytes > total - (await usedBytes(tx))) throw exceeded('The storage of this installation is full.', total);
    }
  }

  /** The bytes that are free for one account, or `otherwise` if nothing limits them. */
  async free(em: EntityManager, ownerId: string, otherwise: number): Promise<number> {
    const { perAccount, total } = this.quotas;
    const limits = [otherwise];
    if (perAccount > 0) limits.push(perAccount - (await usedBytes(em, ownerId)));
    if (total > 0) limits.push(total - (await usedBytes(em)));
    return Math.max(0, Math.min(...limits));
  }
}

const lock = (tx: EntityManager, name: string) =>
  tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [name]);

const exceeded = (message: string, limit: number) => new ApiError('LIMIT_EXCEEDED', message, { what: 'quota', limit });
