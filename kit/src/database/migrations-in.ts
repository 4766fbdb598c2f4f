/** Migrations by their files: every file of a folder is one, in the order of their names. */
import type { MigrationObject } from '@mikro-orm/core';
import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';

/**
 * Each file exports one class; the file's name without its ending is the migration's name.
 * @throws if a file exports anything else.
 */
export function migrationsIn(folder: string): MigrationObject[] {
  return readdirSync(folder)
    .filter((file) => /^\d.*\.[jt]s$/.test(file) && !/\.(d|test)\.ts$/.test(file))
    .sort()
    .map((file) => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- the names are known only now
      const classes = Object.values(require(join(folder, file)) as Record<string, MigrationObject['class']>);
      if (classes.length !== 1) throw new Error(`${file} must export one migration class and nothing else.`);
      return { name: parse(file).name, class: classes[0]! };
    });
}
