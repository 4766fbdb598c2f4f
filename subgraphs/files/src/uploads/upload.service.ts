/**
 * Begins and completes uploads. The bytes come over HTTP (upload.http.ts) or go to S3 directly; a file exists for others only after its
 * size and hash were read from the store.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, conflict, notFound } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { newId } from '@chat/kit/ids';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { BlobEntity, FileEntity, FileStatus, ScanVerdict } from '../files/file.entity';
import { announceStatus } from '../files/file.service';
import { measure } from '../storage/measure';
import type { FileStore } from '../storage/file-store';
import { blobKey, putKey } from '../storage/keys';
import { usingStore } from '../storage/store-failure';
import type { FileUrls } from '@chat/kit/auth/file-urls';
import { DEDUPLICATE, type DeduplicatePayload } from './deduplication';
import type { QuotaService } from './quota.service';
import type { BeginUploadInput } from './upload.input';
import { PROCESS_FILE, type ProcessFilePayload } from './upload.jobs';
import type { UploadLocks } from './upload.locks';
import type { UploadStaging } from './upload.staging';

/** The claims of an upload URL's token. */
export interface UploadClaims {
  file: string;
  /** Null if it is declared later. */
  size: number | null;
  type: string | null;
}

export interface BegunUpload {
  file: FileEntity;
  uploadUrl: string | null;
  method: string;
  headers: { name: string; value: string }[];
  resumableUrl: string;
  expiresAt: Date;
}

export interface UploadLimits {
  maxBytes: number;
  lifetimeSeconds: number;
}

interface Deps {
  store: FileStore;
  urls: FileUrls;
  quota: QuotaService;
  locks: UploadLocks;
  staging: UploadStaging;
  eventLog: EventLog;
  jobs: Jobs;
  fork: () => EntityManager;
}

/** Long enough for the scan of most files, which reads the same bytes, in milliseconds. */
const DEDUPLICATE_AFTER_MS = 60_000;

/** The type of a PUT without a declared one. */
const ANY_TYPE = 'application/octet-stream';

/** Uploads of one account without a size that may be open at once. */
const MAX_OPEN_ENDS = 20;

/** States in which bytes may still come. */
export const isOpen = ({ status, expiresAt }: FileEntity): boolean =>
  (status === FileStatus.PENDING || status === FileStatus.FAILED) && expiresAt.getTime() > Date.now();

export class UploadService {
  /** Completions of this process, so that a repeated request joins the first one instead of reading the bytes again. */
  private readonly completing = new Map<string, Promise<void>>();

  constructor(
    private readonly deps: Deps,
    private readonly limits: UploadLimits,
  ) {}

  /** @throws LIMIT_EXCEEDED if the file is too large or the quota is used up */
  async beginUpload(em: EntityManager, ownerId: string, input: BeginUploadInput): Promise<BegunUpload> {
    const { name, size = null, mimeType = null, sha256 = null, keepLocation } = input;
    const { maxBytes, lifetimeSeconds } = this.limits;
    if (size !== null && size < 0) throw badUserInput({ size: 'size must not be negative.' });
    if (size !== null && size > maxBytes) {
      const message = `A file may have at most ${maxBytes} bytes.`;
      throw new ApiError('LIMIT_EXCEEDED', message, { what: 'bytes', limit: maxBytes });
    }
    const now = Date.now();
    const file = await em.transactional(async (tx) => {
      await this.deps.quota.reserve(tx, ownerId, size ?? 0);
      if (size === null) await limitOpenEnds(tx, ownerId);
      const created = tx.create(FileEntity, {
        id: newId(),
        ownerId,
        name,
        status: FileStatus.PENDING,
        declaredType: mimeType,
        declaredSize: size,
        declaredSha256: sha256?.toLowerCase() ?? null,
        expiresAt: new Date(now + lifetimeSeconds * 1000),
        size: size ?? 0,
        metadata: null,
        keepsLocation: keepLocation ?? false,
        isInlineSafe: false,
        createdAt: new Date(now),
      });
      await tx.persist(created).flush();
      return created;
    });
    return this.upload(file);
  }

  private async upload(file: FileEntity): Promise<BegunUpload> {
    const { id, declaredSize: size, declaredType, expiresAt } = file;
    const { store, urls } = this.deps;
    const claims: UploadClaims = { file: id, size, type: declaredType };
    const type = declaredType ?? ANY_TYPE;
    const presign = () => store.presignPut?.(putKey(id), { size: size!, type, until: expiresAt });
    return {
      file,
      uploadUrl: size === null ? null : ((await presign()) ?? urls.sign('put', claims, expiresAt)),
      method: 'PUT',
      headers: [{ name: 'Content-Type', value: type }],
      resumableUrl: urls.sign('tus', claims, expiresAt),
      expiresAt,
    };
  }

  /**
   * Idempotent. Concurrent calls verify once.
   * @throws CONFLICT if bytes are missing; BAD_USER_INPUT if they do not match the declared size or hash, and the file has FAILED then;
   * SERVICE_UNAVAILABLE if the store fails, and the upload stays open
   */
  async completeUpload(em: EntityManager, id: string): Promise<FileEntity> {
    const file = await this.read(em, id);
    if (isComplete(file)) return file;
    if (!isOpen(file)) throw conflict('The upload has expired. Begin another one.');
    let completion = this.completing.get(file.id);
    if (!completion) {
      completion = this.deps.locks
        .run(file.id, () => this.complete(file.id))
        .finally(() => this.completing.delete(file.id));
      this.completing.set(file.id, completion);
    }
    await completion;
    return this.read(em, id);
  }

  private async read(em: EntityManager, id: string): Promise<FileEntity> {
    const file = await em.findOne(FileEntity, { id: id.toLowerCase() }, { refresh: true });
    if (!file) throw notFound('File');
    return file;
  }

  /** Runs under the upload's lock, on a unit of work of its own, since several requests may wait for it. */
  private async complete(id: string): Promise<void> {
    const { store, staging, fork } = this.deps;
    const file = await this.read(fork(), id);
    if (isComplete(file)) return;
    const staged = await usingStore(() => staging.find(file));
    if ('received' in staged) {
      const of = file.declaredSize === null ? '' : ` of ${file.declaredSize}`;
      throw conflict(`The upload is not complete: ${staged.received}${of} bytes have arrived.`, staged);
    }
    const key = blobKey(id);
    // From here on, neither an old URL nor a slow connection can change the bytes that are verified.
    const { size, sha256 } = await usingStore(async () => {
      if (staged.key !== key) await store.move(staged.key, key);
      return measure(await store.open(key));
    });
    const problem = mismatch(file, size, sha256);
    if (problem) {
      await usingStore(async () => {
        await store.remove(key);
        await staging.discard(id);
      });
      await this.fail(id);
      throw badUserInput(problem);
    }
    await this.accept(id, { key, size, sha256 });
    await staging.discard(id);
  }

  private async accept(
    id: string,
    { key, size, sha256 }: { key: string; size: number; sha256: string },
  ): Promise<void> {
    const { eventLog, jobs, quota, fork } = this.deps;
    await eventLog.transaction(fork(), async (tx, append) => {
      const file = await this.read(tx, id);
      if (size > file.size) await quota.reserve(tx, file.ownerId, size - file.size);
      const blob = tx.create(BlobEntity, { id: newId(), key, size, sha256, createdAt: new Date() });
      tx.persist(blob);
      await tx.flush();
      tx.assign(file, {
        status: FileStatus.SCANNING,
        scanVerdict: ScanVerdict.PENDING,
        size,
        sha256,
        blobId: blob.id,
        completedAt: new Date(),
      });
      await tx.flush();
      const payload: ProcessFilePayload = { fileId: id };
      await jobs.enqueue(tx, PROCESS_FILE, payload, { key: `${PROCESS_FILE}:${id}` });
      const duplicate: DeduplicatePayload = { blobId: blob.id };
      await jobs.enqueue(tx, DEDUPLICATE, duplicate, { runAt: new Date(Date.now() + DEDUPLICATE_AFTER_MS) });
      await announceStatus(append, file);
    });
  }

  /** The upload may be repeated until it expires. */
  private async fail(id: string): Promise<void> {
    await this.deps.eventLog.transaction(this.deps.fork(), async (tx, append) => {
      const file = await this.read(tx, id);
      file.status = FileStatus.FAILED;
      await tx.flush();
      await announceStatus(append, file);
    });
  }
}

/** Such uploads reserve no room before they are complete, so their number is limited. */
async function limitOpenEnds(tx: EntityManager, ownerId: string): Promise<void> {
  const open = { ownerId, declaredSize: null, status: FileStatus.PENDING, expiresAt: { $gt: new Date() } };
  if ((await tx.count(FileEntity, open)) < MAX_OPEN_ENDS) return;
  const message = `Only ${MAX_OPEN_ENDS} uploads without a size may be open. Complete one, or give the size.`;
  throw new ApiError('LIMIT_EXCEEDED', message, { what: 'uploads', limit: MAX_OPEN_ENDS });
}

const isComplete = ({ status }: FileEntity): boolean => status !== FileStatus.PENDING && status !== FileStatus.FAILED;

function mismatch(
  { declaredSize, declaredSha256 }: FileEntity,
  size: number,
  sha256: string,
): Record<string, string> | undefined {
  if (declaredSize !== null && size !== declaredSize)
    return { size: `The upload has ${size} bytes and not ${declaredSize}.` };
  if (declaredSha256 !== null && sha256 !== declaredSha256)
    return { sha256: `The SHA-256 of the upload is ${sha256} and not ${declaredSha256}.` };
  return undefined;
}
