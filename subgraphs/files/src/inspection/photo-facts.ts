/**
 * Reads and removes the metadata that cameras write into images and videos, with ExifTool. Coordinates never leave this file: only whether there are
 * any. ExifTool runs under the same limits as every other reader.
 */
import { rm, symlink } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { Location, Metadata } from './inspection';
import { runLimited, type ProcessLimits } from './limited-process';

const EXIFTOOL = join(dirname(require.resolve('exiftool-vendored.pl/package.json')), 'bin/exiftool');

/** Tags that place a picture: of GPS, XMP, IPTC, QuickTime and makers' notes. */
const LOCATION =
  /GPS|Geo(tag|location)|Location|Coordinates|^(City|Sublocation|Sub-location|State|Province|Country|Latitude|Longitude)/i;
/** Timed tracks of coordinates (GoPro, Android), which ExifTool does not remove. */
const LOCATION_TRACK = /gpmd|camm/i;
/** Tags whose names only sound like it. */
const NO_LOCATION = /Destination|Version|TimeZone|ColorLocation|DataLocation|StripOffsets|BackgroundColor/i;

/** Tags for clients, by the name that clients see. */
const SHOWN: Record<string, string> = {
  cameraMake: 'Make',
  cameraModel: 'Model',
  lens: 'LensModel',
  takenAt: 'DateTimeOriginal',
  exposureSeconds: 'ExposureTime',
  aperture: 'FNumber',
  iso: 'ISO',
  focalLengthMm: 'FocalLength',
};

export interface PhotoFacts {
  metadata: Metadata;
  hasLocation: boolean;
}

export interface PhotoTask {
  /** The file to read. */
  input: string;
  /** The folder for results, and the working directory. */
  output: string;
  limits: ProcessLimits;
  signal?: AbortSignal;
}

/** @throws LimitedProcessError if ExifTool or Perl is missing as well */
export async function readPhotoFacts(task: PhotoTask): Promise<PhotoFacts> {
  const args = ['-json', '-n', '-a', '-G1', '-fast', '-api', 'LargeFileSupport=1', '-s', '--System:all', task.input];
  const [tags = {}] = JSON.parse((await exiftool(task, args)).toString()) as Record<string, unknown>[];
  // Names are "Group:Tag"; the first of several equal tags is the one that programs show.
  const entries = Object.entries(tags).map(([name, value]) => [name.split(':').at(-1)!, value, name] as const);
  const metadata: Metadata = {};
  for (const [shown, tag] of Object.entries(SHOWN)) metadata[shown] = entries.find(([name]) => name === tag)?.[1];
  const [width, height] = ['ImageWidth', 'ImageHeight'].map((tag) => entries.find(([name]) => name === tag)?.[1]);
  // The reader of audio knows no length of a video without sound, and no AVI.
  const duration = entries.find(([name]) => name === 'Duration')?.[1];
  const durationSeconds = typeof duration === 'number' ? Math.round(duration * 1000) / 1000 : undefined;
  return {
    metadata: { ...metadata, width, height, durationSeconds },
    hasLocation: entries.some(
      ([name, value, full]) =>
        (LOCATION.test(name) && !NO_LOCATION.test(name)) ||
        full.startsWith('GPS:') ||
        (name === 'MetaFormat' && LOCATION_TRACK.test(String(value))),
    ),
  };
}

/**
 * Writes a copy to `path` without everything that cameras and editors have added, but for colours and orientation. Picture and sound
 * stay bit for bit.
 * @returns whether the copy has no location left
 */
export async function removeLocation(task: PhotoTask, path: string): Promise<Location> {
  // ExifTool chooses the output format by the extension of the input.
  const named = join(task.output, `original${extname(path)}`);
  try {
    await symlink(task.input, named);
    const keep = ['--ICC_Profile:all', '-tagsFromFile', '@', '-Orientation', '-ColorSpace', '-Rotation'];
    await exiftool(task, ['-m', '-q', '-all=', ...keep, '-api', 'LargeFileSupport=1', '-o', path, named]);
    const { hasLocation } = await readPhotoFacts({ ...task, input: path });
    if (!hasLocation) return 'REMOVED';
  } catch {
    task.signal?.throwIfAborted();
  }
  await rm(path, { force: true });
  return 'PRESENT';
}

const exiftool = ({ output, limits, signal }: PhotoTask, args: string[]): Promise<Buffer> =>
  // Without a configuration of the user's, which could name code.
  runLimited({ command: 'perl', args: [EXIFTOOL, '-config', '', ...args], cwd: output, limits, signal });
