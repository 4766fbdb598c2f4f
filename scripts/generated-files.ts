/** Writes files: generated ones, which are committed and must be current, and the new ones of a scaffold. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './subgraphs';

/**
 * Updates generated files. If `isCheck`, names the files that are not current instead, and fails.
 * @param files text by path, from the root of the repository.
 * @param command the command that updates them.
 */
export function publish(files: Record<string, string>, command: string, isCheck = false): void {
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

/** Writes new files, by path from the root. If one of them exists, writes nothing and ends the process. */
export function writeNew(files: Record<string, string>): void {
  const present = Object.keys(files).filter((path) => existsSync(join(ROOT, path)));
  if (present.length > 0) {
    console.error(`${present.join(', ')} exists already. Nothing was written.`);
    process.exit(1);
  }
  for (const [path, text] of Object.entries(files)) write(path, text);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
  console.log(`wrote ${path}`);
}

/** The text of a file, or an empty one if it does not exist. */
export function read(path: string): string {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return '';
  }
}

/** The same files as prettier formats them. */
export async function formatted(files: Record<string, string>): Promise<Record<string, string>> {
  const { format, resolveConfig } = await import('prettier');
  const result: Record<string, string> = {};
  for (const [path, text] of Object.entries(files)) {
    const filepath = join(ROOT, path);
    result[path] = await format(text, { ...(await resolveConfig(filepath)), filepath });
  }
  return result;
}
