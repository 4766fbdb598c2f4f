/** `npm run bench -- gateway`: runs one bench. Each file `*.bench.ts` in this folder answers one question. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const names = readdirSync(__dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));
const [name = ''] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- ${names.join(' | ')}`);
  process.exit(1);
}
void import(join(__dirname, `${name}.bench.ts`));
