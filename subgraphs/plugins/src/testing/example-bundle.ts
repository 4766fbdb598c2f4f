/** The bundles of the example plugins. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipped } from './test-bundle';

const EXAMPLES = join(__dirname, '../../examples');

export const exampleBundle = (name: string): Buffer =>
  zipped(
    Object.fromEntries(
      readdirSync(join(EXAMPLES, name))
        .filter((file) => /\.(js|json|wasm)$/.test(file))
        .map((file) => [file, readFileSync(join(EXAMPLES, name, file))]),
    ),
  );
