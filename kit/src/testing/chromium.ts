/**
 * Chromium for end-to-end tests: from the PATH, or fetched once from the packages of Debian into a cache folder.
 * Knows no page and does not drive the browser.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchDebianPackages } from '../embedded/debian-packages';

const run = promisify(execFile);

/** Options for `chromium.launch` of playwright-core. */
export interface ChromiumProgram {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
}

const PROGRAM = 'usr/lib/chromium/chromium';

/** No sandbox, as containers lack the rights for it; no traffic of the browser's own. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // As node itself, behind a proxy with a certificate of its own.
  ...(process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' ? ['--ignore-certificate-errors'] : []),
];

/** @throws with apt's message if Chromium is neither installed nor available as a package */
export async function findChromium(): Promise<ChromiumProgram> {
  const found = await run('/bin/sh', ['-c', 'command -v chromium || command -v google-chrome']).catch(() => undefined);
  if (found) return { executablePath: found.stdout.trim(), args: ARGS, env: definedOnly(process.env) };
  const { root, libraryPath } = await fetchDebianPackages({
    name: 'chromium',
    packages: ['chromium'],
    program: PROGRAM,
  });
  // A system without fonts has no configuration for them either.
  const fonts = join(root, 'fonts.conf');
  const folders = ['/usr/share/fonts', join(root, 'usr/share/fonts')].map((folder) => `<dir>${folder}</dir>`);
  await writeFile(fonts, `<?xml version="1.0"?><fontconfig>${folders.join('')}</fontconfig>`);
  const env = { ...process.env, LD_LIBRARY_PATH: libraryPath, FONTCONFIG_FILE: fonts };
  return { executablePath: join(root, PROGRAM), args: ARGS, env: definedOnly(env) };
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
