/** Writes generated files that are committed, or, with `--check`, only says which of them are not current and fails. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './subgraphs';

/** @param files text by path, from the root of the repository. `command` is what makes them current. */
export function publish(files: Record<string, string>, command: string): void {
  const isCheck = process.argv.includes('--check');
  const stale = Object.entries(files).filter(([path, text]) => read(path) !== text);
  for (const [path, text] of stale) {
    if (isCheck) {
      console.error(`${path} is not current. Run: ${command}`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true });
      writeFileSync(join(ROOT, path), text);
      console.log(`wrote ${path}`);
    }
  }
  if (stale.length === 0) console.log(`${Object.keys(files).length} files are current`);
}

/** A file's text; empty where it does not exist. */
export function read(path: string): string {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return '';
  }
}
