/** `npm run train:emotion -- DIR`: trains the emotion models and replaces their weights. Downloads nothing. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { LANGUAGES, WEIGHTS_FOLDER, weightsFile } from '../model/weights';
import { readExamples } from './data-set';
import { trainModel } from './train';

/** The training file of each language, in DIR or in a folder of it. */
const FILES = { en: ['emotion/train.tsv', 'train.tsv'], de: ['emotion-de/train.csv', 'train.csv'] } as const;

const { values, positionals, refuse } = commandLine({
  command: 'npm run train:emotion --',
  summary: `Trains the emotion models of the languages for which DIR has data: emotion/train.tsv for English and
emotion-de/train.csv for German. The same data and seed give the same weights.`,
  arguments: [{ name: 'DIR', description: 'the folder with the training data' }],
  options: {
    seed: { type: 'string', value: 'N', default: '1', description: 'the seed of all random choices' },
    out: { type: 'string', value: 'FOLDER', description: 'where the weights go instead of the source folder' },
  },
});

async function main(): Promise<number> {
  const folder = positionals[0]!;
  const seed = Number(values.seed);
  if (!Number.isInteger(seed)) refuse('--seed is an integer.');
  const out = values.out ?? WEIGHTS_FOLDER;
  const start = Date.now();
  const log = (line: string) =>
    process.stdout.write(`${((Date.now() - start) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
  let trained = 0;
  for (const language of LANGUAGES) {
    const path = FILES[language].map((file) => join(folder, file)).find((file) => existsSync(file));
    if (!path) continue;
    const { model, crossValidated } = trainModel(language, readExamples(path, language), seed, log);
    const bytes = model.write();
    mkdirSync(out, { recursive: true });
    const file = join(out, weightsFile(language));
    writeFileSync(file, bytes);
    log(`${language}: cross-validated macro-F1 ${crossValidated.toFixed(4)}; wrote ${file}, ${bytes.length} bytes`);
    trained++;
  }
  if (trained === 0) refuse(`${folder} has neither ${FILES.en[0]} nor ${FILES.de[0]}.`);
  return 0;
}

void runCommand(main);
