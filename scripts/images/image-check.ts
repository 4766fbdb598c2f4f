/** What an image must not be: larger than the limit, run by root, or with packages of development. */
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Buildah } from './buildah';
import { LOCKED } from './image-files';

/** In bytes. */
export const SIZE_LIMIT = 250e6;

/** The image with PostgreSQL, Redis and Chroma: the limit counts its compressed size. */
const WHOLE_SYSTEM = 'standalone';

export interface ImageReport {
  /** Sizes in bytes: of the files, and of their archive after gzip, as a registry transfers it. */
  unpacked: number;
  compressed: number;
  problems: string[];
}

export function checkImage(buildah: Buildah, image: string, target: string): ImageReport {
  using mounted = buildah.mount(image);
  const unpacked = sizeOf(mounted.root);
  const compressed = Number(execSync(`tar -C '${mounted.root}' -c . | gzip | wc -c`, { encoding: 'utf8' }));
  const counted = target === WHOLE_SYSTEM ? compressed : unpacked;
  const { OCIv1 } = JSON.parse(buildah.read('inspect', '--type=image', image)) as {
    OCIv1: { config: { User?: string } };
  };
  const { User: user = '' } = OCIv1.config;
  const development = Object.keys(LOCKED).filter(
    (folder) => LOCKED[folder]!.dev && existsSync(join(mounted.root, 'app', folder)),
  );
  return {
    unpacked,
    compressed,
    problems: [
      ...(counted > SIZE_LIMIT ? [`exceeds ${megabytes(SIZE_LIMIT)}`] : []),
      ...(/^(root|0)?(:|$)/.test(user) ? ['runs as root'] : []),
      ...development.map((folder) => `contains the development dependency ${folder}`),
    ],
  };
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** Hard links count once, directories not. Node's recursive `readdir` would follow links to folders of this machine. */
function sizeOf(folder: string): number {
  const sum = `find '${folder}' -xdev -type f -printf '%i %s\\n' | sort -u | awk '{ sum += $2 } END { printf "%d", sum }'`;
  return Number(execSync(sum, { encoding: 'utf8' }));
}
