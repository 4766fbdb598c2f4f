/** `npm run evaluate:merge -- FILE`: the three-way merge of updateWikiPage on merges that people have committed. Changes nothing. */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { mergeTexts } from './page.merge';

const { positionals } = commandLine({
  command: 'npm run evaluate:merge --',
  summary:
    'Prints how many merges are clean and how many of these equal the text that people committed. Ends with 1 if one differs.',
  arguments: [{ name: 'FILE', description: 'a JSON list of objects with base, ours, theirs and human' }],
});

const Cases = z.array(z.object({ base: z.string(), ours: z.string(), theirs: z.string(), human: z.string() }));

const print = (line: string) => process.stdout.write(`${line}\n`);

function main(): number {
  const cases = Cases.parse(JSON.parse(readFileSync(positionals[0]!, 'utf8')));
  const different: number[] = [];
  let clean = 0;
  for (const [index, { human, ...versions }] of cases.entries()) {
    const merged = mergeTexts(versions);
    if (merged === undefined) continue;
    clean++;
    if (merged !== human) different.push(index);
  }
  print(`cases ${cases.length}, clean ${clean}, conflicts ${cases.length - clean}`);
  print(`clean and equal to the committed text ${clean - different.length}, different ${different.length}`);
  if (different.length > 0) print(`different cases, counted from 0: ${different.join(', ')}`);
  return different.length > 0 ? 1 : 0;
}

runCommand(() => Promise.resolve(main()));
