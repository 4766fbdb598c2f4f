/**
 * The folder with the files of the host process. Where this package runs from sources, their types are stripped once, so that neither the host
 * nor any of its threads loads a compiler: that costs each of them more processor time and memory than everything else. Starts nothing.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';

export interface HostFiles {
  folder: string;
  /** Of the host and its threads. */
  extension: string;
}

const sources: HostFiles = { folder: join(__dirname, 'host'), extension: extname(__filename) };

let known: HostFiles | undefined;

/** @param modules the folder `node_modules` in which the packages of the host are found; its cache gets the stripped files */
export function hostFiles(modules: string): HostFiles {
  if (sources.extension !== '.ts') return sources;
  if (known && existsSync(known.folder)) return known;
  try {
    return (known = { folder: stripped(join(modules, '.cache', 'chat-plugins-host')), extension: '.mjs' });
  } catch {
    return sources; // the folder is read-only
  }
}

function stripped(cache: string): string {
  const names = readdirSync(sources.folder).filter((name) => ['.ts', '.js'].includes(extname(name)));
  const files = names.map((name): [string, string] => [name, readFileSync(join(sources.folder, name), 'utf8')]);
  const hash = createHash('sha256')
    .update(JSON.stringify([process.version, files]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cache, hash);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'draft-'));
  chmodSync(draft, 0o755); // for the account in a container
  for (const [name, text] of files) {
    const isTyped = extname(name) === '.ts';
    const target = isTyped ? `${basename(name, '.ts')}.mjs` : name;
    writeFileSync(join(draft, target), isTyped ? withoutTypes(text) : text, { mode: 0o644 });
  }
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // otherwise another process was faster
  }
  return folder;
}

/** With imports of the stripped files. Node warns that this function is new. */
function withoutTypes(text: string): string {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(text).replaceAll(/(from '\.\/[\w.]+)\.ts'/g, "$1.mjs'");
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** The folder `node_modules` of a package. */
export const modulesOf = (packageFolder: string, name: string): string =>
  name.split('/').reduce((folder) => dirname(folder), packageFolder);
