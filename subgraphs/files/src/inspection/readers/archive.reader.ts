/** Reads the directory of ZIP files and the text of documents in them (Office Open XML, OpenDocument). Unpacks nothing to the disk. */
import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { open, type Entry, type ZipFile } from 'yauzl';
import type { Reading, ReadingTask } from '../inspection';

/** More entries are not listed. */
const MAX_ENTRIES = 10_000;
/** XML that is read of one document, in bytes: beyond it is a bomb. */
const MAX_XML = 100 << 20;

interface DocumentFormat {
  /** Entries that hold text. */
  entries: RegExp;
  /** Elements that hold text; all, if undefined. */
  texts?: ReadonlySet<string>;
  /** Elements that end a line. */
  lines: ReadonlySet<string>;
}

const OPEN_DOCUMENT: DocumentFormat = {
  entries: /^content\.xml$/,
  lines: new Set(['text:p', 'text:h', 'table:table-row', 'text:line-break']),
};

const OFFICE = 'application/vnd.openxmlformats-officedocument.';
const FORMATS: Record<string, DocumentFormat> = {
  [`${OFFICE}wordprocessingml.document`]: {
    entries: /^word\/(document|footnotes|endnotes)\.xml$/,
    texts: new Set(['w:t']),
    lines: new Set(['w:p', 'w:br', 'w:tr']),
  },
  [`${OFFICE}presentationml.presentation`]: {
    entries: /^ppt\/slides\/slide\d+\.xml$/,
    texts: new Set(['a:t']),
    lines: new Set(['a:p', 'a:br']),
  },
  [`${OFFICE}spreadsheetml.sheet`]: {
    entries: /^xl\/sharedStrings\.xml$/,
    texts: new Set(['t']),
    lines: new Set(['si']),
  },
  'application/vnd.oasis.opendocument.text': OPEN_DOCUMENT,
  'application/vnd.oasis.opendocument.spreadsheet': OPEN_DOCUMENT,
  'application/vnd.oasis.opendocument.presentation': OPEN_DOCUMENT,
};

export const isArchive = (mimeType: string): boolean => mimeType === 'application/zip' || mimeType in FORMATS;

export async function readArchive(mimeType: string, { input, maxCharacters }: ReadingTask): Promise<Reading> {
  const format = FORMATS[mimeType];
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(input);
    const { entries, isEncrypted } = await listEntries(zip);
    const metadata = format ? {} : { entries: zip.entryCount, ...(isEncrypted && { isEncrypted }) };
    if (!format) return { metadata };
    const text = new TextCollector(maxCharacters);
    for (const entry of entries.filter(({ fileName }) => format.entries.test(fileName)).sort(inOrder)) {
      if (!text.isFull) await readEntry(zip, entry, format, text);
    }
    return { metadata, text: text.value };
  } catch {
    return { metadata: { problem: 'The file is damaged.' } };
  } finally {
    zip?.close();
  }
}

/** slide2 comes before slide10. */
const inOrder = (a: Entry, b: Entry): number => a.fileName.localeCompare(b.fileName, 'en', { numeric: true });

const openZip = (path: string): Promise<ZipFile> =>
  new Promise((resolve, reject) =>
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) => (error ? reject(error) : resolve(zip))),
  );

function listEntries(zip: ZipFile): Promise<{ entries: Entry[]; isEncrypted: boolean }> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    let isEncrypted = false;
    const finish = () => resolve({ entries, isEncrypted });
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      isEncrypted ||= entry.isEncrypted();
      if (entries.length === MAX_ENTRIES) finish();
      else zip.readEntry();
    });
    zip.on('end', finish);
    zip.on('error', reject);
    zip.readEntry();
  });
}

async function readEntry(zip: ZipFile, entry: Entry, format: DocumentFormat, text: TextCollector): Promise<void> {
  const stream = await new Promise<Readable>((resolve, reject) =>
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened))),
  );
  const parser = new SaxesParser();
  let depth = 0;
  parser.on('opentag', ({ name }) => void (format.texts?.has(name) && depth++));
  parser.on('closetag', ({ name }) => {
    if (format.texts?.has(name)) depth--;
    if (format.lines.has(name)) text.add('\n');
  });
  parser.on('text', (piece) => void ((!format.texts || depth > 0) && text.add(piece)));
  parser.on('doctype', () => {
    throw new Error('a document of this kind has no document type'); // which could define entities
  });
  parser.on('error', (error) => {
    throw error;
  });
  stream.setEncoding('utf8');
  for await (const chunk of stream as AsyncIterable<string>) {
    text.read(chunk.length);
    parser.write(chunk);
    if (text.isFull) return void stream.destroy();
  }
  parser.close();
}

class TextCollector {
  private readonly pieces: string[] = [];
  private length = 0;
  private readBytes = 0;

  constructor(private readonly maxCharacters: number) {}

  get isFull(): boolean {
    return this.length >= this.maxCharacters;
  }

  get value(): string {
    return this.pieces.join('').slice(0, this.maxCharacters).trim();
  }

  add(piece: string): void {
    this.length += piece.length;
    this.pieces.push(piece);
  }

  /** @throws beyond the limit for one document */
  read(bytes: number): void {
    this.readBytes += bytes;
    if (this.readBytes > MAX_XML) throw new Error('too much XML');
  }
}
