/** `npm run train:retrieval -- FILE`: learns the weights of the fusion and replaces fusion-weights.ts. */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { LEXICAL_FEATURES } from '../ranking/features';
import { readDataSet } from './data-set';
import { openLaboratory } from './laboratory';
import { printMeasures } from './measures';
import { crossValidate, trainWeights, type Example } from './train';

const { positionals } = commandLine({
  command: 'npm run train:retrieval --',
  summary:
    'Learns the weights by which the search fuses its features, prints their cross-validation, and replaces them.',
  arguments: [{ name: 'FILE', description: 'English paragraphs with questions as JSON, in the form of XQuAD' }],
});

const FILE = join(__dirname, '../ranking/fusion-weights.ts');

/** Candidates of a question that the training reads, by the sum of their features. The others are no competition. */
const KEPT = 40;

const total = (features: readonly number[]): number => features.reduce((sum, feature) => sum + feature, 0);

const print = (line: string) => process.stdout.write(`${line}\n`);

void runCommand(async () => {
  const data = readDataSet(positionals[0]!);
  await using laboratory = await openLaboratory(data, true);
  const { em, search, viewer, paragraphOf } = laboratory;
  const examples: Example[] = [];
  for (const { text, paragraph, article } of data.questions) {
    const { candidates } = await search.candidates(em, viewer, text, {});
    const rated = candidates
      .map(({ features, sourceId }) => ({ features, paragraph: paragraphOf.get(sourceId)! }))
      .sort((a, b) => total(b.features) - total(a.features));
    const kept = rated.filter((candidate, i) => i < KEPT || candidate.paragraph === paragraph);
    examples.push({
      rows: kept.map(({ features }) => features),
      paragraphs: kept.map((candidate) => candidate.paragraph),
      right: paragraph,
      article,
    });
  }
  const columns = { lexical: LEXICAL_FEATURES.length, hybrid: LEXICAL_FEATURES.length + 1 };
  const weights: Record<string, readonly number[]> = {};
  for (const [name, count] of Object.entries(columns)) {
    print(`${name}: cross-validated  ${printMeasures(crossValidate(examples, count))}`);
    weights[name] = trainWeights(examples, count);
    print(JSON.stringify(weights[name]));
  }
  // A module, because a build copies no JSON.
  const source = `/** The weights of the fusion. Written by \`npm run train:retrieval\`; not edited by hand. */
import type { FusionWeights } from './fusion';

export const FUSION: FusionWeights = ${JSON.stringify(weights)};
`;
  writeFileSync(FILE, await format(source, { ...(await resolveConfig(FILE)), parser: 'typescript' }));
  return 0;
});
