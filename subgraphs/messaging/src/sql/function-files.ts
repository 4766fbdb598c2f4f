/**
 * The current bodies of the database functions: each .sql file of this folder holds one. Migrations apply the files, so that nobody has
 * to read old migrations to know which body runs. To change a function, edit its file and add a migration that names the new version.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text of a file. `name` is without its ending. */
export const functionFile = (name: string): string => readFileSync(join(__dirname, `${name}.sql`), 'utf8');

/** The first eight hex digits of the SHA-256 of a file. */
const functionVersion = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/**
 * The statements that create or replace functions, for a migration.
 * @param versions the version of each file by name; a file that has changed since is left to the later migration that names its new version
 */
export const functionsAt = (versions: Record<string, string>): string[] =>
  Object.entries(versions)
    .map(([name, version]) => ({ text: functionFile(name), version }))
    .filter(({ text, version }) => functionVersion(text) === version)
    .map(({ text }) => text);
