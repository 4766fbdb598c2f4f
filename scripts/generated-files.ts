/** Writes files: generated ones that are committed and must be current, and new ones that somebody goes on with. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './subgraphs';

/**
 * Brings generated files up to date or, with `--check`, only says which of them are not current and fails.
 * @param files text by path, from the root of the repository. `command` is what makes them current.
 */
export function publish(files: Record<string, string>, command: string): void {
  const isCheck = process.argv.includes('--check');
  const stale = Object.entries(files).filter(([path, text]) => read(path) !== text);
  for (const [path, text] of stale) {
    if (isCheck) {
      console.error(`${path} is not current. Run: ${command}`);
      process.exitCode = 1;
    } else {
      write(path, text);
    }
  }
  if (stale.length === 0) console.log(`${Object.keys(files).length} files are current`);
}

/** Writes files that must not be there yet, by path from the root. Ends the process, with nothing written, where one is. */
export function writeNew(files: Record<string, string>): void {
  const present = Object.keys(files).filter((path) => existsSync(join(ROOT, path)));
  if (present.length > 0) {
    console.error(`${present.join(', ')}: there already. Nothing was written.`);
    process.exit(1);
  }
  for (const [path, text] of Object.entries(files)) write(path, text);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
  console.log(`wrote ${path}`);
}

/** A file's text; empty where it does not exist. */
export function read(path: string): string {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return '';
  }
}
