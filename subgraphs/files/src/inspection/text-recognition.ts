/** Reads the text in an image with tesseract, if this machine has it. Ships no program and no language. */
import { join } from 'node:path';
import { OCR_IMAGE } from './inspection';
import { runLimited, type ProcessLimits } from './limited-process';

/** @returns undefined if tesseract is missing, fails, or exceeds a limit */
export async function recogniseText(
  folder: string,
  { command, languages }: { command: string; languages: string },
  limits: ProcessLimits,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const args = [join(folder, OCR_IMAGE), 'stdout', '-l', languages];
    return (await runLimited({ command, args, cwd: folder, limits, signal })).toString().trim();
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
