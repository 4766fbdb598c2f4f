/** Resumable uploads in S3: tus' own S3 store, with an offset that never goes back. */
import { PutObjectCommand, S3Client, type Part, type S3ClientConfig } from '@aws-sdk/client-s3';
import { S3Store as TusS3Store } from '@tus/s3-store';
import { ERRORS, Upload, type KvStore } from '@tus/server';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { MAX_FILE_BYTES } from '../config';
import { tusKey } from './keys';
import { sendInParts } from './part-files';
import { ResumableUploads } from './resumable-uploads';
import { isMissing } from './s3-errors';

export class S3Uploads extends ResumableUploads {
  readonly dataStore: TusParts;
  private readonly client: S3Client;

  constructor(
    private readonly bucket: string,
    config: S3ClientConfig,
  ) {
    super();
    this.client = new S3Client(config);
    this.dataStore = new TusParts({
      s3ClientConfig: { ...config, bucket },
      useTags: false,
      cache: NO_CACHE,
      maxConcurrentPartUploads: MAX_PARTS,
    });
  }

  idOf(fileId: string): string {
    return tusKey(fileId);
  }

  async finish(fileId: string): Promise<void> {
    const isEmpty = await this.dataStore.finish(this.idOf(fileId));
    // A multipart upload without bytes is not possible everywhere.
    if (isEmpty)
      await this.client.send(
        new PutObjectCommand({ Bucket: this.bucket, Key: this.idOf(fileId), Body: '', ContentLength: 0 }),
      );
  }
}

/** Parts in memory at once, over all uploads; each has at least 8 MiB. */
const MAX_PARTS = 8;

/** Another process may have changed a cached entry. */
const NO_CACHE: KvStore<never> = {
  get: async () => undefined,
  set: async () => undefined,
  delete: async () => undefined,
};

/**
 * Bytes that are too few for a part of S3 (5 MiB) are kept in an object of their own, named by the number of the part that they will begin. As
 * soon as that part exists, the object is out of date by its name. So no bytes are lost or counted twice, wherever a process dies.
 */
class TusParts extends TusS3Store {
  /** The number of the next part, by upload, while a request writes it. */
  private readonly nextParts = new Map<string, number>();

  protected override calcOptimalPartSize(size?: number): number {
    return super.calcOptimalPartSize(size ?? MAX_FILE_BYTES);
  }

  /** Up to the first gap: parts are sent in parallel, and one may fail. */
  protected override async retrieveParts(id: string, marker?: string): Promise<Part[]> {
    const parts = await super.retrieveParts(id, marker);
    if (marker !== undefined) return parts;
    const gap = parts.findIndex(({ PartNumber }, index) => PartNumber !== index + 1);
    return gap < 0 ? parts : parts.slice(0, gap);
  }

  override async getUpload(id: string): Promise<Upload> {
    const { file } = await this.getMetadata(id).catch((error: unknown) => {
      throw isMissing(error) ? ERRORS.FILE_NOT_FOUND : error;
    });
    let parts: Part[];
    try {
      parts = await this.retrieveParts(id);
    } catch (error) {
      // Without parts it is one object already, unless somebody else has removed them.
      const isWhole = isMissing(error) && (await this.isObject(id));
      if (!isWhole) throw isMissing(error) ? ERRORS.FILE_NOT_FOUND : error;
      return new Upload({ ...file, size: file.size, offset: file.size ?? 0 });
    }
    const incomplete = await this.readIncomplete(id, parts.length + 1);
    return new Upload({ ...file, size: file.size, offset: sizeOf(parts) + incomplete.length });
  }

  private async isObject(id: string): Promise<boolean> {
    try {
      await this.client.headObject({ Bucket: this.bucket, Key: id });
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  override async write(source: Readable, id: string, offset: number): Promise<number> {
    const metadata = await this.getMetadata(id);
    const number = (await this.retrieveParts(id)).length + 1;
    const before = await this.readIncomplete(id, number);
    this.nextParts.set(id, number);
    try {
      const body = before.length > 0 ? Readable.from(joined(before, source)) : source;
      const sent = await this.uploadParts(metadata, body, number, offset - before.length);
      const reached = offset - before.length + sent;
      if (metadata.file.size === reached && reached > 0) await this.finish(id);
      return reached;
    } finally {
      const next = this.nextParts.get(id)!;
      this.nextParts.delete(id);
      if (before.length > 0 && next > number) await this.removeObject(incompleteKey(id, number)).catch(() => undefined);
    }
  }

  /** Assembles the parts if all are there. @returns whether the upload has no bytes */
  async finish(id: string): Promise<boolean> {
    const metadata = await this.getMetadata(id);
    if (metadata.file.size === 0) return true;
    try {
      const parts = await this.retrieveParts(id);
      if (sizeOf(parts) === metadata.file.size) await this.finishMultipartUpload(metadata, parts);
    } catch (error) {
      if (!isMissing(error)) throw error; // otherwise it is one object already
    }
    return false;
  }

  override async remove(id: string): Promise<void> {
    const { 'upload-id': UploadId } = await this.getMetadata(id).catch((error: unknown) => {
      throw isMissing(error) ? ERRORS.FILE_NOT_FOUND : error;
    });
    await this.client.abortMultipartUpload({ Bucket: this.bucket, Key: id, UploadId }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    const { Contents } = await this.client.listObjectsV2({ Bucket: this.bucket, Prefix: incompleteKey(id, '') });
    for (const { Key } of Contents ?? []) await this.removeObject(Key!);
    await this.removeObject(id);
    await this.removeObject(this.infoKey(id));
  }

  /**
   * Replaces that of tus, which leaves the file of a part open and in place if S3 fails or the client goes away. A part is sent from memory,
   * since the SDK cannot repeat a stream.
   */
  protected override uploadParts(
    metadata: Parameters<TusS3Store['uploadPart']>[0],
    source: Readable,
    number: number,
    offset: number,
  ): Promise<number> {
    const { id, size: total } = metadata.file;
    let reached = offset;
    return sendInParts(source, this.calcOptimalPartSize(total), async (path, size) => {
      const permit = await this.partUploadSemaphore.acquire();
      try {
        const part = await readFile(path);
        const isWhole = size >= this.minPartSize || reached + size === total;
        if (isWhole) await this.uploadPart(metadata, part, number++);
        else await this.client.putObject({ Bucket: this.bucket, Key: incompleteKey(id, number), Body: part });
        reached += size;
        if (isWhole) this.nextParts.set(id, number);
      } finally {
        await permit?.release();
      }
    });
  }

  /** Less than a part, so it fits into memory. Empty if there is none. */
  private async readIncomplete(id: string, number: number): Promise<Buffer> {
    try {
      const { Body } = await this.client.getObject({ Bucket: this.bucket, Key: incompleteKey(id, number) });
      return await buffer(Body as Readable);
    } catch (error) {
      if (isMissing(error)) return Buffer.alloc(0);
      throw error;
    }
  }

  private async removeObject(Key: string): Promise<void> {
    await this.client.deleteObject({ Bucket: this.bucket, Key }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }
}

const incompleteKey = (id: string, number: number | ''): string => `${id}.part.${number}`;

const sizeOf = (parts: readonly Part[]): number => parts.reduce((total, { Size }) => total + (Size ?? 0), 0);

async function* joined(before: Buffer, source: Readable): AsyncGenerator<Buffer> {
  yield before;
  yield* source as AsyncIterable<Buffer>;
}
