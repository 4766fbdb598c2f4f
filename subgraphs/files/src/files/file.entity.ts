/** Rows of files and of their stored bytes. Clients see neither directly. */
import type { Location } from '../inspection/inspection';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

export enum FileStatus {
  /** The upload is not complete. */
  PENDING = 'PENDING',
  /** The bytes are verified and wait for the scan and the inspection. */
  SCANNING = 'SCANNING',
  READY = 'READY',
  /** The scan found a signature. */
  REJECTED = 'REJECTED',
  /** The upload expired, or its bytes do not match its size or hash. */
  FAILED = 'FAILED',
}

export enum ScanVerdict {
  /** The file waits for the scanner. */
  PENDING = 'PENDING',
  CLEAN = 'CLEAN',
  INFECTED = 'INFECTED',
  NOT_SCANNED = 'NOT_SCANNED',
  DISABLED = 'DISABLED',
}

@Entity({ tableName: 'files' })
export class FileEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** The account that uploaded it. */
  @Property({ type: 'uuid' })
  ownerId!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  status!: FileStatus;

  /** The type that the uploader declared; binds the upload URL and is never sent to others. */
  @Property({ type: 'text', nullable: true })
  declaredType!: string | null;

  /** Null if the upload declares its length later (tus). */
  @Property({ type: 'integer', nullable: true })
  declaredSize!: number | null;

  /** In lower-case hex; null if the uploader gave none. */
  @Property({ type: 'text', nullable: true })
  declaredSha256!: string | null;

  /** The end of the upload's lifetime. */
  @Property({ type: 'timestamptz' })
  expiresAt!: Date;

  /** Bytes that count towards quotas: the declared size, or the real one once it is known. */
  @Property({ type: 'integer' })
  size!: number;

  /** In lower-case hex; null until the upload is complete. */
  @Property({ type: 'text', nullable: true })
  sha256!: string | null;

  /** Null until the upload is complete, and after a rejection. */
  @Property({ type: 'uuid', nullable: true })
  blobId!: string | null;

  /** Detected from the content; null until it is inspected. */
  @Property({ type: 'text', nullable: true })
  mimeType!: string | null;

  @Property({ type: 'text', nullable: true })
  scanVerdict!: ScanVerdict | null;

  @Property({ type: 'text', nullable: true })
  scanSignature!: string | null;

  @Property({ type: 'timestamptz', nullable: true })
  scannedAt!: Date | null;

  @Property({ type: 'json', nullable: true })
  metadata!: Record<string, unknown> | null;

  /** The length that a tus client has declared; null until then. */
  @Property({ type: 'integer', nullable: true })
  uploadLength!: number | null;

  /** The object of a small image; null if there is none. */
  @Property({ type: 'text', nullable: true })
  thumbnailKey!: string | null;

  /** The object of a larger image; null if there is none. */
  @Property({ type: 'text', nullable: true })
  previewKey!: string | null;

  /** The object that accounts other than the owner download, without private metadata; null if the original has none. */
  @Property({ type: 'text', nullable: true })
  strippedKey!: string | null;

  /** The object of the document's text, in UTF-8; null if there is none. */
  @Property({ type: 'text', nullable: true })
  textKey!: string | null;

  /** Whether a browser may show the content: it was read in full and is of one kind only. */
  @Property({ type: 'boolean', default: false })
  isInlineSafe!: boolean;

  /** Whether the content tells where it was recorded; null until it is inspected. */
  @Property({ type: 'text', nullable: true })
  location!: Location | null;

  /** The engine and signatures of the last scan. */
  @Property({ type: 'text', nullable: true })
  scanEngine!: string | null;

  /** Whether downloads by others keep the location. */
  @Property({ type: 'boolean', default: false })
  keepsLocation!: boolean;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', nullable: true })
  completedAt!: Date | null;
}

/** Bytes in the store. Several files with equal bytes may share one blob. */
@Entity({ tableName: 'blobs' })
export class BlobEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** The key of the object in the store. */
  @Property({ type: 'text' })
  key!: string;

  @Property({ type: 'integer' })
  size!: number;

  /** In lower-case hex. */
  @Property({ type: 'text' })
  sha256!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
