/**
 * Supervises the inspection of one file: starts the processes that read it, and puts their results together. Parses nothing itself, so
 * that a file can at worst cost its own processes.
 */
import type { Logger } from '@chat/kit/logging';
import { compileSources, sourceFlags } from '@chat/kit/process/run-sources';
import { access, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import {
  OCR_IMAGE,
  PICTURES_FILE,
  READING_FILE,
  TYPE_FILE,
  UNKNOWN_TYPE,
  type Derivative,
  type DetectedType,
  type Inspection,
  type Location,
  type Metadata,
  type Reading,
  type ReadingTask,
} from './inspection';
import type { InspectionConfig } from './inspection.variables';
import { LimitedProcessError, runLimited, type ProcessLimits } from './limited-process';
import { readPhotoFacts, removeLocation, type PhotoTask } from './photo-facts';
import { LARGEST_PICTURE } from './pictures';
import { plainValue } from './plain-value';
import { recogniseText } from './text-recognition';
import { NoFfmpeg, takeFrame } from './video-frame';

/** Sizes of results: derivatives, and copies without a location, in bytes. */
const MAX_RESULT = 2 ** 32;
/** V8's heap, as a part of the memory limit; pixels are outside it. */
const HEAP_SHARE = 0.5;

const PROBLEMS: Record<LimitedProcessError['reason'], string> = {
  memory: 'The inspection needed too much memory.',
  time: 'The inspection took too long.',
  output: 'The inspection gave too large a result.',
  failed: 'The inspection failed.',
};

export class Inspector {
  private hasWarned = false;

  constructor(
    private readonly config: InspectionConfig,
    private readonly log: Pick<Logger, 'warn'>,
  ) {}

  /**
   * @param input the file, which must not change meanwhile
   * @param output an empty folder for derivatives
   * @throws only the signal's reason: a file that cannot be inspected has a type and a problem
   */
  async inspect(input: string, output: string, signal?: AbortSignal): Promise<Inspection> {
    await compileWorker();
    const limits = this.limits();
    const task: PhotoTask = { input, output, limits, signal };
    const problem = await this.read({}, task);
    const type = await readJson<DetectedType>(join(output, TYPE_FILE));
    const reading = (await readJson<Reading>(join(output, READING_FILE))) ?? {};
    const mimeType = type?.mimeType ?? UNKNOWN_TYPE;
    const metadata: Metadata = { ...reading.metadata, ...(problem && { problem }) };
    const photo = await this.photo(mimeType, task);
    const facts = { ...photo.metadata, ...metadata };
    const derivatives = reading.derivatives ?? (await this.pictures(mimeType, facts, task));
    const text = reading.text || (await this.ocr(output, limits, signal));
    if (text) derivatives.push(await keepText(output, text));
    if (photo.shared) derivatives.push(photo.shared);
    return {
      mimeType,
      isInlineSafe: (reading.isInlineSafe ?? false) && !problem && !(type?.isPolyglot ?? true),
      metadata: plainValue(facts) as Metadata,
      derivatives,
      location: photo.location,
    };
  }

  private limits(): ProcessLimits {
    return {
      memoryBytes: this.config.INSPECTION_MEMORY_MB << 20,
      seconds: this.config.INSPECTION_SECONDS,
      fileBytes: MAX_RESULT,
    };
  }

  /** @returns the problem, if there is one */
  private async read(more: Partial<ReadingTask>, { input, output, limits, signal }: PhotoTask) {
    const task: ReadingTask = {
      input,
      output,
      maxPixels: this.config.IMAGE_MAX_PIXELS,
      maxCharacters: this.config.DOCUMENT_MAX_CHARACTERS,
      seconds: limits.seconds,
      isForOcr: this.config.OCR_ENABLED,
      ...more,
    };
    const args = [...workerFlags(output, this.config.INSPECTION_MEMORY_MB), workerFile, JSON.stringify(task)];
    try {
      await runLimited({ command: process.execPath, args, cwd: __dirname, limits, signal });
      return undefined;
    } catch (error) {
      signal?.throwIfAborted();
      return PROBLEMS[error instanceof LimitedProcessError ? error.reason : 'failed'];
    }
  }

  /**
   * Pictures of the first page of a PDF, and of a frame of a video, in a process of their own: if one exceeds its limits, the file
   * keeps its facts and has no picture.
   */
  private async pictures(mimeType: string, metadata: Metadata, task: PhotoTask): Promise<Derivative[]> {
    if (mimeType === 'application/pdf' && typeof metadata['pages'] === 'number')
      return this.picturesOf('application/pdf', task.input, task);
    if (!mimeType.startsWith('video/')) return [];
    const duration = metadata['durationSeconds'];
    const frame = await takeFrame({
      ...task,
      command: this.config.FFMPEG_COMMAND,
      durationSeconds: typeof duration === 'number' ? duration : undefined,
      maxPixels: this.config.IMAGE_MAX_PIXELS,
      size: LARGEST_PICTURE,
    }).catch((error: unknown) => {
      if (!(error instanceof NoFfmpeg)) throw error;
      return this.warnOfMissing();
    });
    return frame ? this.picturesOf('image/png', frame, task) : [];
  }

  private async picturesOf(
    type: NonNullable<ReadingTask['picturesOf']>,
    input: string,
    task: PhotoTask,
  ): Promise<Derivative[]> {
    await this.read({ input, picturesOf: type, isForOcr: false }, task);
    return (await readJson<Reading>(join(task.output, PICTURES_FILE)))?.derivatives ?? [];
  }

  /** Once per process. */
  private warnOfMissing(): undefined {
    if (this.hasWarned) return;
    this.hasWarned = true;
    const command = this.config.FFMPEG_COMMAND;
    this.log.warn({ command }, 'videos get no thumbnail, as ffmpeg was not found; install it, or set FFMPEG_COMMAND');
  }

  private async photo(
    mimeType: string,
    task: PhotoTask,
  ): Promise<{ metadata: Metadata; location: Location; shared?: Derivative }> {
    // SVG is text, and its metadata is part of the drawing.
    if (!/^(image\/(?!svg)|video\/)/.test(mimeType)) return { metadata: {}, location: 'NONE' };
    try {
      const { metadata, hasLocation } = await readPhotoFacts(task);
      if (!hasLocation) return { metadata, location: 'NONE' };
      const path = join(task.output, `shared${extensionOf(mimeType)}`);
      const location = await removeLocation(task, path);
      return { metadata, location, ...(location === 'REMOVED' && { shared: { kind: 'SHARED', path, mimeType } }) };
    } catch {
      task.signal?.throwIfAborted();
      return { metadata: {}, location: 'PRESENT' };
    }
  }

  private async ocr(output: string, limits: ProcessLimits, signal?: AbortSignal): Promise<string | undefined> {
    if (!this.config.OCR_ENABLED || !(await exists(join(output, OCR_IMAGE)))) return undefined;
    const { OCR_COMMAND: command, OCR_LANGUAGES: languages } = this.config;
    return recogniseText(output, { command, languages }, limits, signal);
  }
}

const workerFile = join(__dirname, `inspection.worker${extname(__filename)}`);

let compiled: Promise<void> | undefined;

/**
 * Once per process, as the processes that read files cannot write to the compiler's cache: code there would run outside of their limits.
 * If it fails, each of them compiles its files itself.
 */
const compileWorker = (): Promise<void> => (compiled ??= compileSources(__dirname).catch(() => undefined));

/** Files of other folders cannot be written, and no program can be started, even if a parser is exploited. */
function workerFlags(output: string, memoryMb: number): string[] {
  return [
    `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`,
    '--permission',
    '--allow-addons',
    '--allow-fs-read=*',
    `--allow-fs-write=${output}`,
    '--disable-warning=SecurityWarning',
    '--disable-warning=ExperimentalWarning',
    ...sourceFlags(),
  ];
}

/** ExifTool chooses the format of a copy by its extension. */
const extensionOf = (mimeType: string): string =>
  ({ 'image/jpeg': '.jpg', 'video/quicktime': '.mov', 'image/svg+xml': '.svg' })[mimeType] ??
  `.${mimeType.slice(mimeType.indexOf('/') + 1).replace(/[^a-z0-9]/g, '')}`;

async function keepText(folder: string, text: string): Promise<Derivative> {
  const path = join(folder, 'text.txt');
  await writeFile(path, text.toWellFormed());
  return { kind: 'TEXT', path, mimeType: 'text/plain; charset=utf-8' };
}

/** Undefined if the file is missing or damaged: its writer was killed. */
const readJson = async <T>(path: string): Promise<T | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
