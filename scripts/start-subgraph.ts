/** `npm run start:subgraph -- identity`: runs one subgraph as a process of its own. Rejects unknown names. */
import { join } from 'node:path';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';

const [name = ''] = process.argv.slice(2);
if (!SUBGRAPH_NAMES.includes(name)) {
  console.error(`Usage: npm run start:subgraph -- ${SUBGRAPH_NAMES.join(' | ')}`);
  process.exit(1);
}
void import(join(ROOT, 'subgraphs', name, 'src/main.ts'));
