/** Objects in an S3-compatible bucket. Large writes are multipart uploads, which are aborted if they fail. */
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Readable } from 'node:stream';
import {
  ObjectMissing,
  WrongLength,
  type ByteRange,
  type FileStore,
  type PresignOptions,
  type StoredObject,
  type WriteOptions,
} from './file-store';
import type { ResumableUploads } from './resumable-uploads';
import { isMissing } from './s3-errors';
import { S3Uploads } from './s3-uploads';

export interface S3StoreOptions {
  bucket: string;
  region: string;
  /** Undefined: AWS. */
  endpoint?: string;
  /** The endpoint in URLs for clients. */
  publicEndpoint?: string;
  isPathStyle: boolean;
  /** Undefined: the credentials of the environment. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** Bytes of a part: memory of a write is twice this. */
const PART_BYTES = 8 * 1024 * 1024;
/** A silent connection is given up after this time, in milliseconds, and the request is repeated. */
const SILENCE_MS = 30_000;

export class S3Store implements FileStore {
  readonly type = 's3';
  private readonly client: S3Client;
  private readonly publicClient: S3Client;

  constructor(private readonly options: S3StoreOptions) {
    this.client = new S3Client(clientConfig(options, options.endpoint));
    this.publicClient = new S3Client(clientConfig(options, options.publicEndpoint ?? options.endpoint));
  }

  async write(key: string, source: Readable, { size, signal }: WriteOptions = {}): Promise<number> {
    const count = { written: 0 };
    const upload = new Upload({
      client: this.client,
      params: { ...this.at(key), Body: Readable.from(counted(source, count, size, signal)) },
      partSize: PART_BYTES,
      queueSize: 2,
      leavePartsOnError: false,
    });
    await upload.done();
    return count.written;
  }

  async open(key: string, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const { Body } = await this.client
      .send(new GetObjectCommand({ ...this.at(key), Range }))
      .catch((error: unknown) => {
        throw isMissing(error) ? new ObjectMissing(key) : error;
      });
    return Body as Readable;
  }

  async stat(key: string): Promise<StoredObject | null> {
    try {
      const { ContentLength, LastModified } = await this.client.send(new HeadObjectCommand(this.at(key)));
      return { key, size: ContentLength ?? 0, modifiedAt: LastModified ?? new Date(0) };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** A copy, since a presigned URL of `from` can still write to it. */
  async move(from: string, to: string): Promise<void> {
    const CopySource = `${this.options.bucket}/${from}`;
    await this.client.send(new CopyObjectCommand({ ...this.at(to), CopySource })).catch((error: unknown) => {
      throw isMissing(error) ? new ObjectMissing(from) : error;
    });
    await this.remove(from);
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.at(key))).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }

  async *list(prefix = ''): AsyncGenerator<StoredObject> {
    let ContinuationToken: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({ Bucket: this.options.bucket, Prefix: prefix, ContinuationToken }),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? [])
        yield { key: Key!, size: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken);
  }

  async removeAbandoned(before: Date): Promise<number> {
    const { bucket: Bucket } = this.options;
    let removed = 0;
    let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (marker) {
      const page: ListedUploads = await this.client.send(new ListMultipartUploadsCommand({ Bucket, ...marker }));
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (!Initiated || Initiated >= before) continue;
        await this.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        removed++;
      }
      marker = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
    }
    return removed;
  }

  resumableUploads(): ResumableUploads {
    const { bucket, endpoint } = this.options;
    return new S3Uploads(bucket, clientConfig(this.options, endpoint));
  }

  /** The signature covers the length and the type. */
  async presignPut(key: string, { size, type, until }: PresignOptions): Promise<string> {
    const command = new PutObjectCommand({ ...this.at(key), ContentLength: size, ContentType: type });
    const seconds = Math.ceil((until.getTime() - Date.now()) / 1000);
    return getSignedUrl(this.publicClient, command, {
      expiresIn: Math.max(1, Math.min(seconds, MAX_PRESIGN_SECONDS)),
      signableHeaders: new Set(['host', 'content-length', 'content-type']),
    });
  }

  async isHealthy(): Promise<boolean> {
    return this.client.send(new HeadBucketCommand({ Bucket: this.options.bucket })).then(
      () => true,
      () => false,
    );
  }

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.bucket, Key: key };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    this.publicClient.destroy();
  }
}

/** The longest lifetime of a presigned URL (Signature Version 4). */
const MAX_PRESIGN_SECONDS = 604_800;

interface ListedUploads {
  Uploads?: { Key?: string; UploadId?: string; Initiated?: Date }[];
  IsTruncated?: boolean;
  NextKeyMarker?: string;
  NextUploadIdMarker?: string;
}

/** Checksums of the SDK's own format are left out, because other servers than AWS store them as content. */
function clientConfig(options: S3StoreOptions, endpoint: string | undefined): S3ClientConfig {
  return {
    region: options.region,
    endpoint,
    forcePathStyle: options.isPathStyle,
    credentials: options.credentials,
    maxAttempts: 4,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5_000, socketTimeout: SILENCE_MS },
  };
}

async function* counted(
  source: Readable,
  count: { written: number },
  size: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  // A request stays open, so that it can be answered.
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    count.written += chunk.length;
    if (size !== undefined && count.written > size) throw new WrongLength(true, size);
    yield chunk;
  }
  if (size !== undefined && count.written < size) throw new WrongLength(false, size);
}
