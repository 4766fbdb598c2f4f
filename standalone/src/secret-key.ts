/** The generated secret of an installation without SECRET_KEY, in a file that only its owner can read. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** If the file is lost, everybody is logged out. Nothing else is lost. */
export async function secretKeyIn(dir: string): Promise<string> {
  const file = join(dir, 'secret-key');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known) return known.trim();
  const secret = randomBytes(48).toString('base64url');
  await writeFile(`${file}.new`, `${secret}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secret;
}
