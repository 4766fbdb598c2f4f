/** `npm run bench -- gateway`: runs one bench. Each file `*.bench.ts` in this folder answers one question. */
import { commandLine } from '@chat/kit/process/command-line';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { QUESTIONS } from './questions';

const names = readdirSync(__dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));
const [first = '', ...rest] = process.argv.slice(2);
const isBench = names.includes(first);
const { positionals } = commandLine(
  {
    command: 'npm run bench --',
    summary: 'Runs one bench, which answers one question. Figures of earlier runs are in bench/RESULTS.md.',
    arguments: [{ name: 'BENCH', description: 'the bench', choices: names }],
    details: `Questions:
${names.map((name) => `  ${name.padEnd(16)}${QUESTIONS[name] ?? ''}`).join('\n')}

Each bench has options of its own: npm run bench -- gateway --help
\`npm ci --prefix bench/peers\` installs the programs for comparison.`,
  },
  isBench ? [first] : [first, ...rest].filter(Boolean),
);
void import(join(__dirname, `${positionals[0]}.bench.ts`));
