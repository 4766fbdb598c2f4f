/** Reads pages, text and dangers of PDF files with pdf.js. Renders nothing and runs no script. */
import { readFile, stat } from 'node:fs/promises';
import { getDocumentProxy } from 'unpdf';
import type { Reading, ReadingTask } from '../inspection';

/** Larger files are not read, as pdf.js needs the whole in memory, in bytes. */
const MAX_BYTES = 200 << 20;
/** Text is read of so many pages. */
const MAX_PAGES = 2000;

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;

export async function readPdf({ input, maxCharacters }: ReadingTask): Promise<Reading> {
  if ((await stat(input)).size > MAX_BYTES) return { metadata: { problem: 'The PDF is too large to be read.' } };
  const content = await readFile(input);
  let pdf: Document;
  try {
    // pdf.js takes the bytes away from its caller.
    pdf = await getDocumentProxy(new Uint8Array(content), { stopAtErrors: false, verbosity: 0 });
  } catch (error) {
    const isEncrypted = (error as Error).name === 'PasswordException';
    return { metadata: isEncrypted ? { isEncrypted } : { problem: 'The PDF is damaged.' } };
  }
  const { text, problem } = await textOf(pdf, maxCharacters);
  const { info } = (await pdf.getMetadata().catch(() => ({ info: {} }))) as { info: Record<string, unknown> };
  return {
    metadata: { pages: pdf.numPages, title: info['Title'], author: info['Author'], ...(problem && { problem }) },
    text,
    isInlineSafe: !problem && info['EncryptFilterName'] == null && !namesActions(content) && !(await isActive(pdf)),
  };
}

async function textOf(pdf: Document, maxCharacters: number): Promise<{ text: string; problem?: string }> {
  let text = '';
  try {
    for (let number = 1; number <= Math.min(pdf.numPages, MAX_PAGES) && text.length < maxCharacters; number++) {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      for (const item of items) if ('str' in item) text += item.str + (item.hasEOL ? '\n' : '');
      text += '\n\n';
      page.cleanup();
    }
    return { text: text.slice(0, maxCharacters) };
  } catch {
    return { text: text.slice(0, maxCharacters), problem: 'Some pages of the PDF are damaged.' };
  }
}

/** Whether it names an action of a kind that pdf.js does not report. Names may have characters in hexadecimal. */
function namesActions(content: Buffer): boolean {
  const names = content
    .toString('latin1')
    .replace(/#([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return /\/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToE|XFA)(?![A-Za-z])/.test(names);
}

/** Whether it runs scripts, opens something by itself, or carries other files. */
async function isActive(pdf: Document): Promise<boolean> {
  try {
    const found = await Promise.all([pdf.getJSActions(), pdf.getOpenAction(), pdf.getAttachments()]);
    const [scripts, opening, attachments] = found as [unknown, { action?: unknown } | null, unknown];
    return scripts != null || opening?.action != null || attachments != null || (await pdf.hasJSActions());
  } catch {
    return true;
  }
}
