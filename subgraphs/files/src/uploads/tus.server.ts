/**
 * The tus server of all resumable uploads. The upload of a file has one URL, which creates (POST) and continues (HEAD, PATCH) it. Authorises
 * nothing; upload.http.ts does.
 */
import { ApiError } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import { ERRORS, Server } from '@tus/server';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileEntity } from '../files/file.entity';
import { fileIdOf, type ResumableUploads } from '../storage/resumable-uploads';
import { StoreFailure } from '../storage/store-failure';
import { TusRefusal } from './tus.refusal';
import type { UploadLocks } from './upload.locks';

/** The upload of the current request. */
interface TusScope {
  file: FileEntity;
  url: string;
  /** The most bytes that the upload may have. */
  maxBytes: number;
}

export class TusServer {
  private readonly server: Server;
  private readonly scope = new AsyncLocalStorage<TusScope>();

  constructor(
    private readonly uploads: ResumableUploads,
    private readonly locks: UploadLocks,
    private readonly log: Logger,
  ) {
    const current = () => this.scope.getStore()!;
    this.server = new Server({
      path: '/',
      datastore: uploads.dataStore,
      locker: { newLock: (uploadId) => locks.newLock(fileIdOf(uploadId)) },
      lockDrainTimeout: 500,
      maxSize: () => current().maxBytes,
      allowedOrigins: () => false, // the gateway decides about origins
      exposedHeaders: ['x-correlation-id'],
      getFileIdFromRequest: () => uploads.idOf(current().file.id),
      namingFunction: () => uploads.idOf(current().file.id),
      generateUrl: () => current().url,
      onIncomingRequest: (request, uploadId) => this.prepare(request.method, request.headers, uploadId),
      onResponseError: (_request, error) => this.failure(error),
    });
  }

  /** Answers one request for the upload of `scope.file`. */
  async handle(request: IncomingMessage, response: ServerResponse, scope: TusScope): Promise<void> {
    const override = request.headers['x-http-method-override'];
    if (request.method === 'POST' && typeof override === 'string') request.method = override.toUpperCase();
    await this.scope.run(scope, () => this.server.handle(request, response));
  }

  /** A client that was given the URL may continue at once, so its upload begins with the first request of any kind. */
  private async prepare(method: string, headers: Headers, uploadId: string): Promise<void> {
    const { file } = this.scope.getStore()!;
    const declared = headers.get('upload-length');
    if (declared !== null && file.declaredSize !== null && Number(declared) !== file.declaredSize)
      throw new TusRefusal({ status_code: 400, body: `The upload was announced with ${file.declaredSize} bytes.\n` });
    const known = await this.uploads.find(file.id);
    if (method === 'POST') {
      // The server creates the upload at offset 0 right afterwards.
      if (known) await this.alone(file.id, () => this.uploads.remove(file.id));
    } else if (!known) {
      if (method === 'DELETE') throw new TusRefusal(ERRORS.FILE_NOT_FOUND);
      // Several first requests may come at once, and a second begin would remove the bytes of the first.
      await this.alone(file.id, async () => {
        if (!(await this.uploads.find(file.id)))
          await this.uploads.begin(fileIdOf(uploadId), file.declaredSize ?? undefined);
      });
    }
  }

  /** Replaces errors of the store, with texts that are not for clients. */
  private failure(error: Error | { status_code: number }): { status_code: number; body: string } | undefined {
    if ('status_code' in error && error.status_code < 500) return undefined;
    const failure = new StoreFailure(error);
    this.log.error({ err: error }, 'a resumable upload could not be written');
    return { status_code: failure.status, body: `${failure.message}\n` };
  }

  private async alone(fileId: string, work: () => Promise<void>): Promise<void> {
    await this.locks.run(fileId, work).catch((error: unknown) => {
      throw error instanceof ApiError ? new TusRefusal(ERRORS.ERR_LOCK_TIMEOUT) : error;
    });
  }
}
