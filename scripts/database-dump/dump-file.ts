// cspell:words gunzip
/**
 * The file of a dump: lines of text, compressed by gzip. The first line is a JSON header. Then follow the tables, each as a line of
 * JSON, its rows in PostgreSQL's COPY text format, and a line with `\.`. The last line is a JSON footer; a file without it is cut off.
 */
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Content, Table } from './tables';

export const FORMAT = 'chat database dump 1';

export interface Header {
  format: typeof FORMAT;
  createdAt: string;
  /** The database's migrations; the importing version must have the same ones. */
  migrations: string[];
}

export interface Footer {
  tables: Record<string, Content>;
  sequences: Record<string, [value: string, isCalled: boolean]>;
}

export const END_OF_TABLE = '\\.';

/** Writes beside `file` and gives the complete file its name. Only its owner can read it. @throws if the file exists */
export class DumpWriter implements AsyncDisposable {
  private readonly gzip = createGzip({ level: 6 });
  private readonly draft: string;
  private readonly written: Promise<void>;
  private isComplete = false;

  constructor(private readonly file: string) {
    this.draft = `${file}.part`;
    this.written = pipeline(this.gzip, createWriteStream(this.draft, { mode: 0o600 }));
    this.written.catch(() => undefined); // `complete` reports it
  }

  async line(value: string | Header | Footer | Table): Promise<void> {
    await this.bytes(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
  }

  /** Waits while the disk is slower than the database. */
  async bytes(chunk: string | Buffer): Promise<void> {
    if (!this.gzip.write(chunk)) await Promise.race([once(this.gzip, 'drain'), this.written]);
  }

  async complete(): Promise<void> {
    this.gzip.end();
    await this.written;
    await rename(this.draft, this.file);
    this.isComplete = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isComplete) return;
    this.gzip.destroy();
    await this.written.catch(() => undefined);
    await rm(this.draft, { force: true });
  }
}

/** The lines of a dump, as bytes without the line feed. @throws if the file is missing or is not compressed text */
export async function* dumpLines(file: string): AsyncGenerator<Buffer, void, undefined> {
  const source = createReadStream(file);
  const text = createGunzip();
  // Other line separators of Unicode are part of the rows, so the lines are split at the byte of the line feed only.
  source.on('error', (error) => text.destroy(error));
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of source.pipe(text) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
        const line = chunk.subarray(start, end);
        yield rest.length > 0 ? Buffer.concat([rest, line]) : line;
        rest = Buffer.alloc(0);
        start = end + 1;
      }
      rest = Buffer.concat([rest, chunk.subarray(start)]);
    }
  } finally {
    source.destroy();
    text.destroy();
  }
}
