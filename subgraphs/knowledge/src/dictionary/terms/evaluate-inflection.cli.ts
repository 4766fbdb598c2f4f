/**
 * `npm run evaluate:inflection -- VOCABULARY STEMS`: the share of word groups in which each word finds each other word as its term. Reads
 * the files `voc.txt` and `output.txt` of a language in Snowball's data. Changes nothing.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { readFileSync } from 'node:fs';
import { findsTerm } from './term.keys';

const { positionals, values } = commandLine({
  command: 'npm run evaluate:inflection --',
  summary: 'Prints the share of word groups whose words all find the others. Ends with 1 if it is below 99 %.',
  arguments: [
    { name: 'VOCABULARY', description: 'words, one a line' },
    { name: 'STEMS', description: 'the stem of the word in the same line' },
  ],
  options: { locale: { type: 'string', default: 'de', description: 'the locale of the terms: de or en' } },
});

const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');
const print = (line: string) => process.stdout.write(`${line}\n`);

function main(): number {
  const [words, stems] = positionals.map(linesOf) as [string[], string[]];
  const byStem = Map.groupBy(words.keys(), (line) => stems[line]);
  const groups = [...byStem.values()]
    .map((lines) => lines.map((line) => words[line]!))
    .filter(({ length }) => length > 1);
  const missed = groups.filter((group) =>
    group.some((term) => group.some((word) => !findsTerm(word, term, values.locale))),
  );
  const share = (groups.length - missed.length) / groups.length;
  print(`groups ${groups.length}, found ${groups.length - missed.length}, share ${(100 * share).toFixed(2)} %`);
  for (const group of missed.slice(0, 20)) print(`missed: ${group.join(' ')}`);
  return share < 0.99 ? 1 : 0;
}

runCommand(() => Promise.resolve(main()));
