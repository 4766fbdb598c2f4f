/** Renders the first page of a PDF with PDFium, compiled to WebAssembly. Runs no script, and fills in no form. */
import { readFile } from 'node:fs/promises';
import type { Reading, ReadingTask } from '../inspection';
import { LARGEST_PICTURE, makePictures } from '../pictures';

export async function readFirstPage({ input, output }: ReadingTask): Promise<Reading> {
  const [{ PDFiumLibrary }, { default: sharp }] = await Promise.all([import('@hyzyla/pdfium'), import('sharp')]);
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(await readFile(input));
  const page = document.getPage(0);
  const { originalWidth, originalHeight } = page.getOriginalSize();
  // The longer side decides: a page of extreme proportions needs no more pixels than a square one.
  const scale = LARGEST_PICTURE / Math.max(originalWidth, originalHeight);
  const { data, width, height } = await page.render({ scale, render: async (bitmap) => bitmap.data });
  const open = () => sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
  return { derivatives: await makePictures(open, output) };
}
