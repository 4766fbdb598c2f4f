/** Bundles for tests, made from sources. */
import { zipSync, type Zippable } from 'fflate';

/** A zip archive of texts. `manifest` is written as manifest.json. */
export function bundleOf(manifest: object, code: string, more: Record<string, string> = {}): Buffer {
  return zipped({ 'manifest.json': JSON.stringify(manifest), 'plugin.js': code, ...more });
}

/** A zip archive of any entries; values of fflate's form set attributes. */
export function zipped(files: Record<string, string | Buffer | Zippable[string]>): Buffer {
  const entries = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' ? new TextEncoder().encode(content) : content,
  ]);
  return Buffer.from(zipSync(Object.fromEntries(entries) as Zippable));
}
