/**
 * Deletes files with their bytes: on request, with their account, and after their retention. Rows go at once; a job of the same
 * transaction removes the objects, so neither can remain without the other for long.
 */
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs, JobTask } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import type { FileStore } from '../storage/file-store';
import { derivedPrefix, putKey, tusKey } from '../storage/keys';
import type { AttachedFiles } from './attached-files';

/** Removes objects from the store. Payload: `{ keys, prefixes }`. */
export const REMOVE_OBJECTS = 'remove-objects';

export interface RemoveObjectsPayload {
  keys: string[];
  prefixes: string[];
}

interface Deps {
  fork: () => EntityManager;
  jobs: Jobs;
  log: Logger;
  store: FileStore;
  attachedFiles: AttachedFiles;
  /** Files that are attached and shared nowhere are deleted after this time; 0: never. */
  orphanDays: number;
  /** The lifetime of an upload, in seconds. */
  uploadSeconds: number;
}

/** Files that are handled together. */
const BATCH = 500;
/** An upload that has failed can be seen in the list this long. */
const FAILED_DAYS = 7;
/** Objects without a row are removed at this age: a younger one may belong to a transaction that is not committed. */
const STRAY_MS = 86_400_000;
/** Objects that belong to rows of the catalogue. */
const KEPT = ['blobs/', 'derived/', 'put/', 'tus/'];

export class FileDeletion {
  constructor(private readonly deps: Deps) {}

  async deleteFile(em: EntityManager, id: string): Promise<void> {
    await this.deleteAll(em, [id.toLowerCase()]);
  }

  /** Deletes rows, and bytes that no other file has. Does nothing to ids that do not exist. */
  private async deleteAll(em: EntityManager, ids: readonly string[]): Promise<void> {
    await em.transactional(async (tx) => {
      const files = await tx.execute<{ id: string; blob_id: string | null }[]>(
        'delete from files.files where id in (?) returning id, blob_id',
        [ids],
      );
      if (files.length === 0) return;
      const blobIds = files.flatMap(({ blob_id: blobId }) => blobId ?? []);
      const keys = files.flatMap(({ id }) => [putKey(id), tusKey(id), `${tusKey(id)}.info`]);
      if (blobIds.length > 0) keys.push(...(await removeBlobs(tx, blobIds)));
      const payload: RemoveObjectsPayload = {
        keys,
        prefixes: files.flatMap(({ id }) => [derivedPrefix(id), `${tusKey(id)}.part.`]),
      };
      await this.deps.jobs.enqueue(tx, REMOVE_OBJECTS, payload);
    });
  }

  readonly removeObjects: JobTask = async ({ keys, prefixes }: RemoveObjectsPayload) => {
    const { store } = this.deps;
    for (const key of keys) await store.remove(key);
    for (const prefix of prefixes) for await (const { key } of store.list(prefix)) await store.remove(key);
  };

  /** Nightly. May be interrupted and repeated. */
  async removeExpired(): Promise<void> {
    const { fork, store, log, orphanDays, uploadSeconds } = this.deps;
    await this.failExpired();
    await this.deleteWhere(`status = 'FAILED' and expires_at < now() - interval '${FAILED_DAYS} days'`);
    await this.deleteOfDeletedAccounts();
    await fork().execute('delete from files.usage where bytes = 0');
    if (orphanDays > 0) await this.deleteOrphans(orphanDays);
    const rows = await fork().execute<{ id: string }[]>(
      "select id from files.blobs b where created_at < now() - interval '1 day' and not exists (select from files.files f where f.blob_id = b.id)",
    );
    for (const { id } of rows) await this.removeUnusedBlob(id);
    const strays = await this.removeStrays();
    const abandoned = await store.removeAbandoned(new Date(Date.now() - uploadSeconds * 1000 - STRAY_MS));
    if (strays + abandoned > 0) log.info({ strays, abandoned }, 'removed objects without a file');
  }

  /** Expired uploads give their quota back. */
  private async failExpired(): Promise<void> {
    await this.deps
      .fork()
      .execute(
        "update files.files set status = 'FAILED', size = 0 where status in ('PENDING', 'FAILED') and size > 0 and expires_at < now()",
      );
  }

  private async deleteWhere(condition: string): Promise<void> {
    for (;;) {
      const rows = await this.deps
        .fork()
        .execute<{ id: string }[]>(`select id from files.files where ${condition} order by id limit ${BATCH}`);
      if (rows.length === 0) return;
      await this.deleteAll(
        this.deps.fork(),
        rows.map(({ id }) => id),
      );
    }
  }

  private async deleteOfDeletedAccounts(): Promise<void> {
    const { fork } = this.deps;
    const owners = await fork().execute<{ id: string }[]>('select distinct owner_id as id from files.files');
    for (let first = 0; first < owners.length; first += BATCH) {
      const ids = owners.slice(first, first + BATCH).map(({ id }) => id);
      for (const owner of await unknownAccounts(fork(), ids)) await this.deleteWhere(`owner_id = '${owner}'`);
    }
  }

  private async deleteOrphans(days: number): Promise<void> {
    const { fork, attachedFiles } = this.deps;
    let last = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const rows = await fork().execute<{ id: string }[]>(
        `select id from files.files f where id > ? and completed_at < now() - make_interval(days => ?)
           and not exists (select from files.shares s where s.file_id = f.id) order by id limit ${BATCH}`,
        [last, days],
      );
      if (rows.length === 0) return;
      last = rows.at(-1)!.id;
      const ids = rows.map(({ id }) => id);
      const attached = await attachedFiles.attached(fork(), ids);
      const orphans = ids.filter((id) => !attached.has(id));
      if (orphans.length > 0) await this.deleteAll(fork(), orphans);
    }
  }

  private async removeUnusedBlob(id: string): Promise<void> {
    await this.deps.fork().transactional(async (tx) => {
      const keys = await removeBlobs(tx, [id]);
      if (keys.length > 0) await this.deps.jobs.enqueue(tx, REMOVE_OBJECTS, { keys, prefixes: [] });
    });
  }

  /** Objects of a completion that was cut off, and of uploads without a row. */
  private async removeStrays(): Promise<number> {
    const { fork, store } = this.deps;
    const before = Date.now() - STRAY_MS;
    let removed = 0;
    for (const prefix of KEPT) {
      for await (const { key, modifiedAt } of store.list(prefix)) {
        if (modifiedAt.getTime() > before) continue;
        const fileId = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/.exec(key)?.[0];
        const [row] = fileId
          ? await fork().execute<unknown[]>(
              'select 1 from files.blobs where key = ? union all select 1 from files.files where id = ? and (? or status in (?))',
              [key, fileId, prefix === 'derived/', ['PENDING', 'FAILED']],
            )
          : [];
        if (row) continue;
        await store.remove(key);
        removed++;
      }
    }
    return removed;
  }
}

/** Deletes the rows of blobs that no file has. @returns the keys of their objects */
export async function removeBlobs(tx: EntityManager, ids: readonly string[]): Promise<string[]> {
  // A statement that waits for a deduplication still does not see the file that has joined the blob. The next statement does.
  await tx.execute('select from files.blobs where id in (?) order by id for update', [ids]);
  const rows = await tx.execute<{ key: string }[]>(
    `delete from files.blobs b where id in (?) and not exists (select from files.files f where f.blob_id = b.id) returning key`,
    [ids],
  );
  return rows.map(({ key }) => key);
}
