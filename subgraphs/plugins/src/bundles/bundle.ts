/**
 * Bundles: a zip archive with `manifest.json`, sources and, if signed, `checksums.txt` with `checksums.txt.minisig`. The checksums name
 * every other file, so the signature covers the whole bundle. Runs nothing of it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BundleError, isModule, readArchive } from './archive';
import { API_VERSION, manifestSchema, type Manifest } from './manifest';
import { signerOf, type PublisherKey } from './minisign';

export { BundleError } from './archive';

export interface Bundle {
  manifest: Manifest;
  /** Sources by path; WebAssembly modules in base64. */
  files: Record<string, string>;
  /** Id of the publisher's key; null if the bundle is not signed. */
  publisher: string | null;
}

export interface BundleRules {
  trustedKeys: readonly PublisherKey[];
  allowsUnsigned: boolean;
  maxBytes: number;
}

const CHECKSUMS = 'checksums.txt';
const SIGNATURE = 'checksums.txt.minisig';
const MAX_FILES = 200;

/** @throws BundleError */
export async function readBundle(bytes: Buffer, rules: BundleRules): Promise<Bundle> {
  const files = await readArchive(bytes, { totalBytes: rules.maxBytes, files: MAX_FILES });
  const publisher = publisherOf(files, rules);
  const manifest = readManifest(files.get('manifest.json'));
  checkMain(manifest, files.has(manifest.main));
  const sources = [...files].filter(([path]) => path !== CHECKSUMS && path !== SIGNATURE);
  return { manifest, files: Object.fromEntries(sources), publisher };
}

/** @throws BundleError */
export function checkMain({ main, runtime }: Manifest, isThere: boolean): void {
  if (!isThere) throw new BundleError(`The main module ${main} is missing.`);
  if (isModule(main) !== (runtime === 'wasm'))
    throw new BundleError(`The runtime ${runtime} does not run ${main}: "wasm" runs .wasm, and "quickjs" JavaScript.`);
}

function publisherOf(files: ReadonlyMap<string, string>, rules: BundleRules): string | null {
  const checksums = files.get(CHECKSUMS);
  const signature = files.get(SIGNATURE);
  if (checksums === undefined && signature === undefined) {
    if (rules.allowsUnsigned) return null;
    throw new BundleError('The bundle is not signed, and this installation allows signed bundles only.');
  }
  if (checksums === undefined || signature === undefined)
    throw new BundleError(`A signed bundle has ${CHECKSUMS} and ${SIGNATURE}.`);
  const signer = signerOf(Buffer.from(checksums), signature, rules.trustedKeys);
  if (!signer) throw new BundleError('The bundle is not signed by a publisher that this installation trusts.');
  compareChecksums(files, checksums);
  return signer.id;
}

function compareChecksums(files: ReadonlyMap<string, string>, checksums: string): void {
  const listed = new Map<string, string>();
  for (const row of checksums.split('\n').filter(Boolean)) {
    const [, hash, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(row) ?? [];
    if (hash === undefined || path === undefined || listed.has(path))
      throw new BundleError(`${CHECKSUMS} is not in the format of sha256sum.`);
    listed.set(path, hash);
  }
  for (const [path, text] of files) {
    if (path === CHECKSUMS || path === SIGNATURE) continue;
    if (listed.get(path) !== sha256(isModule(path) ? Buffer.from(text, 'base64') : text))
      throw new BundleError(`${path} is not the file that was signed.`);
    listed.delete(path);
  }
  const [missing] = listed.keys();
  if (missing !== undefined) throw new BundleError(`${missing} was signed and is missing.`);
}

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** @throws BundleError */
export function readManifest(text: string | undefined): Manifest {
  if (text === undefined) throw new BundleError('The bundle has no manifest.json.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BundleError('manifest.json is not JSON.');
  }
  const { data, error } = manifestSchema.safeParse(value);
  if (!data) throw new BundleError(`manifest.json is wrong. ${z.prettifyError(error).slice(0, 1_000)}`);
  if (data.apiVersion > API_VERSION)
    throw new BundleError(`The plugin needs API version ${data.apiVersion}; this installation has ${API_VERSION}.`);
  const names = data.commands.map(({ name }) => name);
  if (new Set(names).size < names.length) throw new BundleError('manifest.json names a command twice.');
  return data;
}
