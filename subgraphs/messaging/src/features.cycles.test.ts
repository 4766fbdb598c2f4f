/** No folder of a feature imports, directly or through others, a folder that imports it. Imports of types count as well. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The folders that each folder imports. The root, which puts the features together, and test tools are left out. */
function importsByFolder(): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
    const folder = dirname(file);
    const imported = folders.get(folder) ?? new Set();
    folders.set(folder, imported);
    for (const [, path] of readFileSync(join(__dirname, file), 'utf8').matchAll(/from '(\.[^']*)'/g)) {
      const target = relative(__dirname, dirname(join(__dirname, folder, path!))) || '.';
      if (target !== folder && target !== '.' && target !== 'testing') imported.add(target);
    }
  }
  folders.delete('.');
  folders.delete('testing');
  return folders;
}

/** The first cycle that a walk from `folder` finds. */
function cycleFrom(folder: string, folders: Map<string, Set<string>>, path: readonly string[] = []): string[] {
  if (path.includes(folder)) return [...path.slice(path.indexOf(folder)), folder];
  for (const next of folders.get(folder) ?? []) {
    const cycle = cycleFrom(next, folders, [...path, folder]);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

test('no import cycle joins folders of features', () => {
  const folders = importsByFolder();
  expect(folders.get('messages')).toContain('channels');
  expect([...folders.keys()].map((folder) => cycleFrom(folder, folders).join(' → ')).filter(Boolean)).toEqual([]);
});
