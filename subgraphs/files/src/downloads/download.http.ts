/**
 * Downloads over HTTP by signed URLs, with ranges and validators. Access is checked once more at the download, so a URL ends with the access
 * of its viewer. Nothing is served that could run in the origin of this installation.
 */
import { isActiveAccount } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, notFound } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { BlobEntity, FileStatus, type FileEntity } from '../files/file.entity';
import type { FileLoader } from '../files/file.loader';
import { seesLocation } from '../files/file.rules';
import { ObjectMissing, type FileStore } from '../storage/file-store';
import { StoreFailure } from '../storage/store-failure';
import type { FileUrls } from '@chat/kit/auth/file-urls';
import { refuseUrl, sendError } from '../urls/respond';
import { parseRange } from './byte-range';
import { contentDisposition } from './disposition';
import { derivedKey, type DownloadClaims } from './download.urls';

interface Deps {
  fork: () => EntityManager;
  store: FileStore;
  urls: FileUrls;
  /** Loads files for the viewer of a URL. */
  loaderFor: (viewer: DownloadClaims['viewer']) => FileLoader;
  log: Logger;
}

/** An object with all that its response needs. */
interface Download {
  key: string;
  size: number;
  /** A strong validator, quoted. */
  etag: string;
  type: string;
  name: string;
  /** Whether a browser may show it in place. */
  isInlineSafe: boolean;
}

/** PDF viewers of browsers do not work in a sandbox; they run the scripts of a document in one of their own. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'";
const policyFor = (type: string) =>
  type === 'application/pdf' ? "default-src 'none'; object-src 'self'" : `${POLICY}; sandbox`;

export class DownloadHttp {
  constructor(private readonly deps: Deps) {}

  /** For Subgraph.handleHttp. */
  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const url = this.deps.urls.read<DownloadClaims>(request.url?.split('?')[0] ?? '');
    if (url?.kind !== 'get') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendError(response, 405, new ApiError('BAD_REQUEST', 'Use GET.'), { allow: 'GET, HEAD' });
    } else if (!url.claims || url.hasExpired) {
      refuseUrl(response, url.hasExpired);
    } else {
      await this.answer(url.claims, request, response);
    }
    return true;
  };

  private async answer(claims: DownloadClaims, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const download = await this.find(claims);
      if (download) await this.send(download, request, response);
      else sendError(response, 404, notFound('The file'));
    } catch (error) {
      if (response.destroyed || (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
      const isLost = error instanceof ObjectMissing;
      this.deps.log.error(
        { err: error, file: claims.file },
        isLost ? 'the bytes of a file are missing' : 'a file could not be read',
      );
      sendError(response, 503, new StoreFailure(error));
    }
  }

  private async find({ file: id, variant, viewer }: DownloadClaims): Promise<Download | undefined> {
    const em = this.deps.fork();
    const access = await this.deps.loaderFor(viewer).accessFile(id);
    if (access?.file.status !== FileStatus.READY || !(await isActiveAccount(em, viewer.id))) return undefined;
    const { file } = access;
    if (variant === 'text') {
      const text = await this.derived(file, file.textKey, 'text/plain; charset=utf-8');
      return text && { ...text, name: `${file.name}.txt` };
    }
    if (variant !== 'original') return this.derived(file, derivedKey(file, variant));
    if (!seesLocation(viewer.id, file)) return this.derived(file, file.strippedKey, file.mimeType ?? undefined);
    const blob = file.blobId === null ? null : await em.findOne(BlobEntity, { id: file.blobId });
    if (!blob) return undefined;
    return {
      key: blob.key,
      size: blob.size,
      etag: `"${blob.sha256}"`,
      type: file.mimeType ?? 'application/octet-stream',
      name: file.name,
      isInlineSafe: file.isInlineSafe,
    };
  }

  private async derived(file: FileEntity, key: string | null, type = 'image/webp'): Promise<Download | undefined> {
    const stored = key === null ? null : await this.deps.store.stat(key);
    if (!stored) return undefined;
    const etag = `"${stored.size}-${stored.modifiedAt.getTime()}"`;
    const isInlineSafe = key !== file.strippedKey || file.isInlineSafe;
    return { key: stored.key, size: stored.size, etag, type, name: file.name, isInlineSafe };
  }

  private async send(download: Download, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { key, size, etag, type, name, isInlineSafe } = download;
    const headers: OutgoingHttpHeaders = {
      etag,
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=0, must-revalidate',
      'content-type': type,
      'content-disposition': contentDisposition(type, name, isInlineSafe),
      'content-security-policy': policyFor(type),
      'x-content-type-options': 'nosniff',
    };
    if (isCurrent(request.headers['if-none-match'], etag)) return void response.writeHead(304, headers).end();
    const { range: asked, 'if-range': ifRange } = request.headers;
    // A range is defined for GET only (RFC 9110, 14.2).
    const isAsked = request.method === 'GET' && (ifRange === undefined || ifRange === etag);
    const range = isAsked ? parseRange(asked, size) : undefined;
    if (range === 'unsatisfiable') {
      const error = new ApiError('BAD_REQUEST', `The file has ${size} bytes.`);
      return sendError(response, 416, error, { 'content-range': `bytes */${size}` });
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    headers['content-length'] = end - start + 1;
    if (range) headers['content-range'] = `bytes ${start}-${end}/${size}`;
    const status = range ? 206 : 200;
    if (request.method === 'HEAD' || size === 0) return void response.writeHead(status, headers).end();
    const source = await this.deps.store.open(key, range);
    response.writeHead(status, headers);
    await pipeline(source, response);
  }
}

/** Whether a list of validators has `etag`; weak ones count too, as the bytes are the same (RFC 9110, 13.1.2). */
function isCurrent(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(',').some((item) => ['*', etag, `W/${etag}`].includes(item.trim()));
}
