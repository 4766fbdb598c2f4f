/** The secret of an installation that was given none: made on the first start, kept where only its owner can read it. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Losing the file logs everybody out and nothing more. */
export async function secretKeyIn(dir: string): Promise<string> {
  const file = join(dir, 'secret-key');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known) return known.trim();
  const secret = randomBytes(48).toString('base64url');
  await writeFile(`${file}.new`, `${secret}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secret;
}
