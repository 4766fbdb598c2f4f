/** `npm run start:subgraph -- identity`: runs one subgraph as a process of its own. */
import { commandLine } from '@chat/kit/process/command-line';
import { join } from 'node:path';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';

const { positionals } = commandLine({
  command: 'npm run start:subgraph --',
  summary: 'Runs one subgraph as a process of its own, until SIGTERM or Ctrl-C.',
  arguments: [{ name: 'SUBGRAPH', description: 'the subgraph', choices: SUBGRAPH_NAMES }],
  details: `Settings come from the environment and from .env; .env.example lists them. DATABASE_URL, REDIS_URL and SECRET_KEY are required.
Example: PORT=4001 npm run start:subgraph -- identity`,
});
const [name = ''] = positionals;
void import(join(ROOT, 'subgraphs', name, 'src/main.ts'));
