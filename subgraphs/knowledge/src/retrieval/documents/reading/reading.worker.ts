/**
 * A thread that turns a stranger's file into Markdown: PDF, DOCX, HTML, Markdown and plain text. Its host ends it when it takes too long or
 * too much memory. Loads nothing that a file refers to. Each library is
 * loaded for its format only.
 */
import { parentPort } from 'node:worker_threads';

/** The longest text, in UTF-16 code units. */
const MAX_TEXT = 5_000_000;
/** The contents of a DOCX file together, unpacked, in bytes. */
const MAX_UNPACKED = 200 << 20;
const MAX_ENTRIES = 10_000;
const MAX_PAGES = 20_000;

/** A fault of the file. Its message is shown to the document's owner. */
class UnreadableFile extends Error {}

const begins = (bytes: Buffer, signature: string) => bytes.toString('latin1', 0, signature.length) === signature;

async function readText(bytes: Buffer): Promise<string> {
  if (bytes.subarray(0, 1024).includes('%PDF-')) return readPdf(bytes);
  if (begins(bytes, 'PK')) return readDocx(bytes);
  // The container of encrypted DOCX files and of Word 97.
  if (begins(bytes, '\xd0\xcf\x11\xe0'))
    throw new UnreadableFile('The file is an encrypted document or one of an old format. Save it as DOCX or PDF.');
  const text = decode(bytes);
  return /^\s*(<!--[\s\S]{0,2000}?-->\s*)?(<\?xml[^>]{0,200}>\s*)?<(!doctype html|html|head|body)\b/i.test(
    text.slice(0, 4000),
  )
    ? fromHtml(text)
    : text;
}

function decode(bytes: Buffer): string {
  const encoding = begins(bytes, '\xff\xfe') ? 'utf-16le' : begins(bytes, '\xfe\xff') ? 'utf-16be' : 'utf-8';
  for (const label of [encoding, declaredCharset(bytes)])
    try {
      const text = new TextDecoder(label, { fatal: true }).decode(bytes);
      if (!text.includes('\0')) return text;
    } catch {
      // reported below
    }
  throw new UnreadableFile('The file is neither PDF, DOCX, HTML, Markdown nor text in UTF-8.');
}

/** The charset of an HTML page in an older encoding. */
const declaredCharset = (bytes: Buffer): string | undefined =>
  /\bcharset=["']?([\w-]{1,40})/i.exec(bytes.toString('latin1', 0, 4000))?.[1];

async function readPdf(bytes: Buffer): Promise<string> {
  const { getDocumentProxy } = await import('unpdf');
  const options = { stopAtErrors: false, verbosity: 0, isEvalSupported: false };
  const pdf = await getDocumentProxy(new Uint8Array(bytes), options).catch((error: Error) => {
    throw new UnreadableFile(
      error.name === 'PasswordException' ? 'The PDF is encrypted. Remove its password.' : 'The PDF is damaged.',
    );
  });
  let text = '';
  try {
    for (let number = 1; number <= Math.min(pdf.numPages, MAX_PAGES) && text.length < MAX_TEXT; number++) {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      for (const item of items) if ('str' in item) text += item.str + (item.hasEOL ? '\n' : '');
      text += '\n\n';
      page.cleanup();
    }
  } catch {
    throw new UnreadableFile('Some pages of the PDF are damaged.');
  }
  if (text.trim() === '') throw new UnreadableFile('The PDF has no text. Pictures of text are not read.');
  return text;
}

async function readDocx(bytes: Buffer): Promise<string> {
  await checkArchive(bytes);
  const { convertToHtml } = await import('mammoth');
  const { value } = await convertToHtml({ buffer: bytes }, { includeEmbeddedStyleMap: false }).catch(() => {
    throw new UnreadableFile('The DOCX file is damaged.');
  });
  return fromHtml(value);
}

/** Unpacks the archive without keeping it, because sizes in its directory may lie. */
async function checkArchive(bytes: Buffer): Promise<void> {
  const { fromBufferPromise } = await import('yauzl');
  const damaged = () => new UnreadableFile('The file is a damaged archive.');
  const archive = await fromBufferPromise(bytes).catch(() => {
    throw damaged();
  });
  let [unpacked, entries, isDocx] = [0, 0, false];
  try {
    for await (const entry of archive.eachEntry()) {
      if (++entries > MAX_ENTRIES) throw new UnreadableFile('The file has too many parts.');
      if (entry.isEncrypted()) throw new UnreadableFile('The file is encrypted.');
      isDocx ||= entry.fileName === 'word/document.xml';
      for await (const chunk of await archive.openReadStreamPromise(entry)) {
        unpacked += (chunk as Buffer).length;
        if (unpacked > MAX_UNPACKED) throw new UnreadableFile('The file is too large when it is unpacked.');
      }
    }
  } catch (error) {
    throw error instanceof UnreadableFile ? error : damaged();
  }
  if (!isDocx) throw new UnreadableFile('The file is an archive, but no DOCX document.');
}

/** Headings become Markdown headings, by which the text is cut into passages. */
async function fromHtml(html: string): Promise<string> {
  const { convert } = await import('html-to-text');
  const heading = (level: number) => ({
    selector: `h${level}`,
    format: 'heading',
    options: { uppercase: false, leadingLineBreaks: 2, trailingLineBreaks: 2 },
  });
  return convert(html, {
    wordwrap: false,
    limits: { maxInputLength: MAX_TEXT * 4, maxDepth: 200, maxChildNodes: 100_000 },
    formatters: {
      heading(element, walk, builder, { leadingLineBreaks, trailingLineBreaks }) {
        builder.openBlock({ leadingLineBreaks: leadingLineBreaks as number });
        builder.addInline(`${'#'.repeat(Number((element.name ?? 'h1').slice(1)))} `, { noWordTransform: true });
        walk(element.children, builder);
        builder.closeBlock({ trailingLineBreaks: trailingLineBreaks as number });
      },
    },
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { ignoreHref: true } },
      { selector: 'table', format: 'dataTable' },
      ...[1, 2, 3, 4, 5, 6].map(heading),
    ],
  });
}

parentPort!.once('message', (bytes: Uint8Array) => {
  void readText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).then(
    (text) => parentPort!.postMessage({ text: text.slice(0, MAX_TEXT).toWellFormed().replaceAll('\0', '') }),
    (error: unknown) => parentPort!.postMessage({ problem: error instanceof UnreadableFile ? error.message : null }),
  );
});
