/** Reads images, and makes thumbnails and previews. Reads raster formats only: SVG is a program. */
import { join } from 'node:path';
import type { Metadata } from 'sharp';
import { OCR_IMAGE, type Reading, type ReadingTask } from '../inspection';
import { makePictures } from '../pictures';

/** Formats that browsers show. */
const SHOWN = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif']);
/** Formats that libvips reads here. */
const READ = new Set([...SHOWN, 'image/tiff', 'image/apng']);

/** Text recognition wants large letters and has its own limits. */
const OCR_SIZE = 4000;

export const isReadImage = (mimeType: string): boolean => READ.has(mimeType);

export async function readImage(mimeType: string, task: ReadingTask): Promise<Reading> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map((loader) => `VipsForeignLoad${loader}`),
  });
  const open = () =>
    sharp(task.input, { limitInputPixels: task.maxPixels, failOn: 'error', sequentialRead: true })
      .timeout({ seconds: task.seconds })
      .autoOrient();
  let metadata = {};
  try {
    metadata = factsOf(await open().metadata());
    const derivatives = await makePictures(open, task.output);
    if (task.isForOcr)
      await open()
        .resize(OCR_SIZE, OCR_SIZE, { fit: 'inside', withoutEnlargement: true })
        .greyscale()
        .png()
        .toFile(join(task.output, OCR_IMAGE));
    return { metadata, derivatives, isInlineSafe: SHOWN.has(mimeType) };
  } catch (error) {
    return { metadata: { ...metadata, problem: problemOf(error) } };
  }
}

/** The size is that of the image as it is shown. */
function factsOf({ autoOrient, pages, hasAlpha, format }: Metadata) {
  return {
    width: autoOrient.width,
    height: autoOrient.height,
    format,
    hasAlpha,
    ...(pages !== undefined && pages > 1 && { frames: pages }),
  };
}

const problemOf = (error: unknown): string =>
  /pixel limit/i.test(String(error)) ? 'The image has too many pixels.' : 'The image is damaged.';
