/** No file of the gateway imports itself, directly or through others. Type imports count. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const IMPORT = /\bfrom '(\.[^']+)'/g;

function importsOf(file: string): string[] {
  const imported = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, path]) =>
    join(dirname(file), `${path}.ts`),
  );
  return imported.filter((path) => existsSync(path));
}

/** The files of the first cycle that is found, or an empty list. */
function findCycle(files: Iterable<string>): string[] {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] => {
    const start = trail.indexOf(file);
    if (start >= 0) return trail.slice(start);
    if (done.has(file)) return [];
    for (const imported of importsOf(file)) {
      const cycle = visit(imported, [...trail, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of files) {
    const cycle = visit(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

test('no import cycles', () => {
  const files = globSync(join(__dirname, '**/*.ts'));
  expect(files.length).toBeGreaterThan(100);
  expect(findCycle(files)).toEqual([]);
});
