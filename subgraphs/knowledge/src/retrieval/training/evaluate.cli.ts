/** `npm run evaluate:retrieval -- FILE [--no-vectors]`: how often the search finds the paragraph that answers a question. */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { readDataSet } from './data-set';
import { openLaboratory } from './laboratory';
import { measuresOf, printMeasures } from './measures';

const { values, positionals } = commandLine({
  command: 'npm run evaluate:retrieval --',
  summary: `Indexes the paragraphs of FILE, asks its questions, and prints how often the right paragraph comes first, among the first five,
and the mean reciprocal rank among the first ten. Uses the code of semanticSearch and a PostgreSQL of its own.`,
  arguments: [{ name: 'FILE', description: 'paragraphs with questions as JSON, in the form of XQuAD' }],
  options: { 'no-vectors': { type: 'boolean', description: 'ranks by words alone' } },
});

/** Chunks asked for, so that ten sources are among them. */
const LIMIT = 40;

const print = (line: string) => process.stdout.write(`${line}\n`);

void runCommand(async () => {
  const data = readDataSet(positionals[0]!);
  await using laboratory = await openLaboratory(data, !values['no-vectors']);
  const { em, search, viewer, paragraphOf } = laboratory;
  const ranks: number[] = [];
  for (const { text, paragraph } of data.questions) {
    const hits = await search.search(em, viewer, text, { limit: LIMIT });
    const found = [...new Set(hits.map(({ sourceId }) => paragraphOf.get(sourceId)))];
    ranks.push(found.indexOf(paragraph) + 1);
  }
  print(printMeasures(measuresOf(ranks)));
  return 0;
});
