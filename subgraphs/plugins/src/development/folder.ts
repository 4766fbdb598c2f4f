/** Reads the folder of a plugin with the rules of bundles. Skips hidden files, `node_modules`, and files that no bundle may hold. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { BundleError, checkEnding, checkPath, contentOf } from '../bundles/archive';
import { checkMain, readManifest } from '../bundles/bundle';
import type { Manifest } from '../bundles/manifest';

export interface PluginFolder {
  manifest: Manifest;
  files: Record<string, string>;
  /** Files that were skipped, with the reason. */
  skipped: string[];
}

/** @throws BundleError */
export function readFolder(folder: string): PluginFolder {
  const files: Record<string, string> = {};
  const skipped: string[] = [];
  for (const path of pathsBelow(folder)) {
    try {
      checkPath(path);
      checkEnding(path);
      files[path] = contentOf(path, readFileSync(join(folder, path)));
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      skipped.push(error.message);
    }
  }
  const manifest = readManifest(files['manifest.json']);
  checkMain(manifest, files[manifest.main] !== undefined);
  return { manifest, files, skipped };
}

const pathsBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => relative(folder, join(folder, path)).split(sep).join('/'))
    .filter((path) => !/(^|\/)(\.|node_modules(\/|$))/.test(path) && statSync(join(folder, path)).isFile())
    .sort();
