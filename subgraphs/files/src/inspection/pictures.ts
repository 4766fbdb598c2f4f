/** Makes the thumbnail and the preview of an image. Opens no file of a stranger's itself. */
import { join } from 'node:path';
import type { Sharp } from 'sharp';
import type { Derivative } from './inspection';

const SIZES = { THUMBNAIL: 320, PREVIEW: 1600 } as const;

/** The longer side of the largest picture, in pixels. */
export const LARGEST_PICTURE = SIZES.PREVIEW;

/** @param open opens the image again for each size */
export async function makePictures(open: () => Sharp, folder: string): Promise<Derivative[]> {
  const pictures: Derivative[] = [];
  for (const kind of ['THUMBNAIL', 'PREVIEW'] as const) {
    const path = join(folder, `${kind.toLowerCase()}.webp`);
    const size = SIZES[kind];
    const { width, height } = await open()
      .resize(size, size, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 78 })
      .toFile(path);
    pictures.push({ kind, path, mimeType: 'image/webp', width, height });
  }
  return pictures;
}
