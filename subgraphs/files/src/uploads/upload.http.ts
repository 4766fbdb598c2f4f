/** The bytes of uploads over HTTP: signed PUT and tus. The token of the URL is all that authorises; the row decides whether the upload is open. */
import { isActiveAccount } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, conflict, notFound } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import { TUS_RESUMABLE } from '@tus/server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FileEntity } from '../files/file.entity';
import { WrongLength, type FileStore } from '../storage/file-store';
import { putKey } from '../storage/keys';
import { StoreFailure } from '../storage/store-failure';
import type { FileUrls } from '@chat/kit/auth/file-urls';
import { refuseUrl, sendError } from '../urls/respond';
import type { QuotaService } from './quota.service';
import type { TusServer } from './tus.server';
import { isOpen, type UploadClaims } from './upload.service';

interface Deps {
  fork: () => EntityManager;
  store: FileStore;
  urls: FileUrls;
  tus: TusServer;
  quota: QuotaService;
  /** The largest file, in bytes. */
  maxBytes: number;
  log: Logger;
}

export class UploadHttp {
  /** The newest PUT of each file. It ends an earlier one, as the client has given that up, so each upload has one draft. */
  private readonly writing = new Map<string, IncomingMessage>();

  constructor(private readonly deps: Deps) {}

  /** For Subgraph.handleHttp. */
  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = request.url?.split('?')[0] ?? '';
    const url = this.deps.urls.read<UploadClaims>(path);
    if (!url || url.kind === 'get') return false;
    if (url.kind === 'tus' && request.method === 'OPTIONS') {
      response.writeHead(204, TUS_OPTIONS).end();
      return true;
    }
    if (!url.claims || url.hasExpired) refuseUrl(response, url.hasExpired);
    else await this.receive(url.kind, url.claims, request, response);
    return true;
  };

  private async receive(
    kind: 'put' | 'tus',
    claims: UploadClaims,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const em = this.deps.fork();
    const file = await em.findOne(FileEntity, { id: claims.file });
    if (!file || !(await isActiveAccount(em, file.ownerId))) return sendError(response, 404, notFound('The upload'));
    if (!isOpen(file)) {
      if (kind === 'tus' && request.method === 'HEAD' && file.blobId !== null) return sendFullOffset(response, file);
      const status = kind === 'tus' ? 410 : 409;
      return sendError(response, status, conflict('The upload is complete or has expired.'));
    }
    if (kind === 'put') return this.put(claims, request, response);
    const url = this.deps.urls.sign('tus', claims, file.expiresAt);
    const free = file.declaredSize ?? (await this.deps.quota.free(em, file.ownerId, this.deps.maxBytes));
    await this.deps.tus.handle(request, response, { file, url, maxBytes: free });
  }

  /** Accepts exactly the declared length and type. */
  private async put(claims: UploadClaims, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'PUT') {
      const error = new ApiError('BAD_REQUEST', 'Send the bytes by PUT.');
      return sendError(response, 405, error, { allow: 'PUT' });
    }
    const { file, size, type } = claims;
    const given = request.headers['content-type'];
    if (type !== null && given !== type)
      return sendError(response, 415, badUserInput({ 'content-type': `The Content-Type must be ${type}.` }));
    const length = request.headers['content-length'];
    if (length !== undefined && Number(length) !== size) {
      const error = badUserInput({ 'content-length': `The body must have ${size} bytes.` });
      return sendError(response, Number(length) > size! ? 413 : 400, error);
    }
    this.writing.get(file)?.destroy(new Error('a later request sends the same upload'));
    this.writing.set(file, request);
    try {
      await this.deps.store.write(putKey(file), request, { size: size! });
    } catch (error) {
      return this.failedPut(error, request, response);
    } finally {
      if (this.writing.get(file) === request) this.writing.delete(file);
    }
    if (await this.isStillOpen(file)) return void response.writeHead(204).end();
    // The upload has ended meanwhile, and nothing would ever fetch these bytes.
    await this.deps.store.remove(putKey(file));
    sendError(response, 409, conflict('The upload is complete or has expired.'));
  }

  private async isStillOpen(id: string): Promise<boolean> {
    const file = await this.deps.fork().findOne(FileEntity, { id });
    return file !== null && isOpen(file);
  }

  private failedPut(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (request.errored) return void response.destroy(); // the client has disconnected
    if (error instanceof WrongLength)
      return sendError(response, error.isTooLong ? 413 : 400, badUserInput({ 'content-length': error.message }));
    this.deps.log.error({ err: error }, 'an upload could not be written');
    const failure = new StoreFailure(error);
    sendError(response, failure.status, failure);
  }
}

const TUS_OPTIONS = {
  'tus-resumable': TUS_RESUMABLE,
  'tus-version': TUS_RESUMABLE,
  'tus-extension': 'creation,creation-with-upload,creation-defer-length,termination',
};

/** The last response may have been lost, so a client may ask once more although the upload has become a file. */
function sendFullOffset(response: ServerResponse, { size }: FileEntity): void {
  response.writeHead(200, {
    'tus-resumable': TUS_RESUMABLE,
    'upload-offset': size,
    'upload-length': size,
    'cache-control': 'no-store',
  });
  response.end();
}
