/**
 * The process that reads one file: argument 1 is a {@link ReadingTask} in JSON. Leaves the detected type first and its reading afterwards,
 * so that the supervisor knows the type even if the rest is a bomb. Readers load their large packages only for files that need them. Opens
 * no connection, and starts no other program.
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { detectType } from './content-type';
import { PICTURES_FILE, READING_FILE, TYPE_FILE, type Reading, type ReadingTask } from './inspection';
import { isArchive, readArchive } from './readers/archive.reader';
import { isReadImage, readImage } from './readers/image.reader';
import { readMedia } from './readers/media.reader';
import { readFirstPage } from './readers/pdf-page.reader';
import { readPdf } from './readers/pdf.reader';
import { readText } from './readers/text.reader';

const TEXTS = new Set(['text/plain', 'text/html', 'application/json', 'application/xml', 'application/xhtml+xml']);

async function read(mimeType: string, task: ReadingTask): Promise<Reading> {
  if (isReadImage(mimeType)) return readImage(mimeType, task);
  if (mimeType === 'application/pdf') return readPdf(task);
  if (/^(audio|video)\//.test(mimeType)) return readMedia(task);
  if (isArchive(mimeType)) return readArchive(mimeType, task);
  if (TEXTS.has(mimeType)) return readText(mimeType, task);
  return {};
}

async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as ReadingTask;
  const leave = async (name: string, value: unknown) => {
    const path = join(task.output, name);
    await writeFile(`${path}.part`, JSON.stringify(value));
    await rename(`${path}.part`, path);
  };
  if (task.picturesOf) {
    const pictures = task.picturesOf === 'application/pdf' ? readFirstPage(task) : readImage(task.picturesOf, task);
    return leave(PICTURES_FILE, await pictures);
  }
  const type = await detectType(task.input);
  await leave(TYPE_FILE, type);
  const reading = await read(type.mimeType, task).catch((error: unknown): Reading => ({
    metadata: { problem: 'The file could not be read.', reason: String(error).slice(0, 200) },
  }));
  await leave(READING_FILE, reading);
}

void main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(String(error));
    process.exit(1);
  },
);
