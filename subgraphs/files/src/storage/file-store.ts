/** The interface of stores: objects by key. Knows neither files, accounts nor permissions. */
import type { Readable } from 'node:stream';
import type { DeclaredSizes, ResumableUploads } from './resumable-uploads';

/** Both ends are included. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface StoredObject {
  key: string;
  size: number;
  modifiedAt: Date;
}

/** An object that does not exist. */
export class ObjectMissing extends Error {
  constructor(readonly key: string) {
    super(`The store has no object ${key}.`);
    this.name = 'ObjectMissing';
  }
}

/** A source that has more or fewer bytes than were announced. */
export class WrongLength extends Error {
  constructor(
    readonly isTooLong: boolean,
    expected: number,
  ) {
    super(`The body must have ${expected} bytes and has ${isTooLong ? 'more' : 'fewer'}.`);
    this.name = 'WrongLength';
  }
}

export interface PresignOptions {
  size: number;
  type: string;
  until: Date;
}

export interface WriteOptions {
  /** Bytes to expect; a source that ends earlier or later fails. */
  size?: number;
  signal?: AbortSignal;
}

/** Keys have the characters a-z, 0-9, `-`, `/` and `.`, and no segment `..`. */
export interface FileStore extends AsyncDisposable {
  readonly type: 'local' | 's3';
  /**
   * Writes a whole object, replacing one of the same key. Nobody sees it before it is complete and durable. If it fails, the source stays
   * open. @returns its size. @throws WrongLength
   */
  write(key: string, source: Readable, options?: WriteOptions): Promise<number>;
  /** Reads an object or a part of it. @throws ObjectMissing */
  open(key: string, range?: ByteRange): Promise<Readable>;
  /** Null if the object does not exist. */
  stat(key: string): Promise<StoredObject | null>;
  /** Moves an object, replacing one at `to`. Afterwards no writer of `from` can change it. @throws ObjectMissing */
  move(from: string, to: string): Promise<void>;
  /** Does nothing if the object does not exist. */
  remove(key: string): Promise<void>;
  /** All complete objects whose key begins with `prefix`, in no particular order. */
  list(prefix?: string): AsyncIterable<StoredObject>;
  /** Removes writes that were begun before `before` and not completed. @returns their number */
  removeAbandoned(before: Date): Promise<number>;
  /** The partial objects of resumable uploads. `sizes` keeps the lengths that their clients declare. */
  resumableUploads(sizes: DeclaredSizes): ResumableUploads;
  /** A URL by which a client writes an object of exactly this size and type. Absent if clients cannot reach the store. */
  presignPut?(key: string, options: PresignOptions): Promise<string>;
  isHealthy(): Promise<boolean>;
}
