/** A film of a rendered hand for Chromium's fake camera. Draws it in a browser of its own, which is closed at the end. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { build } from 'esbuild';
import { chromium, type LaunchOptions } from 'playwright-core';

const WIDTH = 320;
const HEIGHT = 240;
/** Images per second; the film has a single image, which Chromium repeats. */
const RATE = 10;

/** @param path of the film, in the format YUV4MPEG2 */
export async function filmHand(path: string, options: LaunchOptions): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(REPOSITORY, 'web/src/testing/hand.ts')],
    bundle: true,
    format: 'iife',
    write: false,
  });
  await using browser = await chromium.launch(options);
  const page = await browser.newPage();
  await page.addScriptTag({ content: outputFiles[0]!.text });
  const pixels = await page.evaluate<string>(`drawHand(${WIDTH}, ${HEIGHT})`);
  await writeFile(path, toFilm(Buffer.from(pixels, 'base64')));
}

/** BT.601 with 4:2:0 subsampling. @param rgba four bytes per pixel */
function toFilm(rgba: Buffer): Buffer {
  const light = Buffer.alloc(WIDTH * HEIGHT);
  const [blue, red] = [Buffer.alloc(light.length / 4), Buffer.alloc(light.length / 4)];
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const at = y * WIDTH + x;
      const [r, g, b] = [rgba[at * 4]!, rgba[at * 4 + 1]!, rgba[at * 4 + 2]!];
      light[at] = 16 + 0.257 * r + 0.504 * g + 0.098 * b;
      if (y % 2 || x % 2) continue;
      const part = (y / 2) * (WIDTH / 2) + x / 2;
      blue[part] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      red[part] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  const head = `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${RATE}:1 Ip A1:1 C420jpeg\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from('FRAME\n'), light, blue, red]);
}
