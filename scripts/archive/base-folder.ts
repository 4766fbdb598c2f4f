/** The base backups of an archive: a folder each, below `base`, named by the time at which it was complete. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SEGMENT } from '@chat/kit/embedded/wal-archive';

const LIST = 'base.json';

/** Names sort by time. */
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;

export interface BaseFolder {
  path: string;
  /** The data folder of PostgreSQL. */
  cluster: string;
  /** The file with the password of its superuser. */
  password: string;
  /** A restore may go to any time from here. */
  completedAt: Date;
  /** The first segment of the log that it needs. */
  firstSegment: string;
}

const basesOf = (archive: string) => join(archive, 'base');

/** The folder in which a base backup is made; {@link completeBase} gives it its name. */
export const draftOf = (archive: string): string => join(basesOf(archive), 'draft');

export async function completeBase(
  archive: string,
  { completedAt, firstSegment }: Pick<BaseFolder, 'completedAt' | 'firstSegment'>,
): Promise<string> {
  const draft = draftOf(archive);
  await writeFile(join(draft, LIST), `${JSON.stringify({ completedAt, firstSegment }, null, 2)}\n`);
  const path = join(basesOf(archive), completedAt.toISOString().replaceAll(':', '-'));
  await rename(draft, path);
  return path;
}

/** The complete base backups, oldest first. */
export async function basesIn(archive: string): Promise<BaseFolder[]> {
  const names = (await readdir(basesOf(archive)).catch(() => [])).filter((name) => NAME.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(basesOf(archive), name);
      const list = JSON.parse(await readFile(join(path, LIST), 'utf8')) as {
        completedAt: string;
        firstSegment: string;
      };
      return {
        path,
        cluster: join(path, 'cluster'),
        password: join(path, 'password'),
        ...list,
        completedAt: new Date(list.completedAt),
      };
    }),
  );
}

/** Removes all base backups but the newest `keep`, and the segments that only those needed. @returns what was removed */
export async function keepNewest(archive: string, keep: number): Promise<{ bases: number; segments: number }> {
  const bases = await basesIn(archive);
  const old = bases.slice(0, -keep);
  for (const { path } of old) await rm(path, { recursive: true });
  const [first] = bases.slice(-keep);
  const withoutTimeline = (segment: string) => segment.slice(8);
  const needless = (await readdir(archive)).filter(
    (name) => SEGMENT.test(name) && first && withoutTimeline(name) < withoutTimeline(first.firstSegment),
  );
  for (const name of needless) await rm(join(archive, name));
  return { bases: old.length, segments: needless.length };
}
