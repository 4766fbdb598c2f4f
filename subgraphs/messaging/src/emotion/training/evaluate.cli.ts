/** `npm run evaluate:emotion -- FILE --locale en|de`: macro-F1 of the committed weights on a file of labelled texts. Trains nothing. */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { extractFeatures } from '../model/features';
import { readText } from '../text/tokens';
import { LANGUAGES, loadWeights } from '../model/weights';
import { loadLexicon } from '../sentiment/lexicon';
import { LABELS, readExamples } from './data-set';
import { meanOf, ratesOf } from './macro-f1';
import { seededRandom } from './random';

const { values, positionals, refuse } = commandLine({
  command: 'npm run evaluate:emotion --',
  summary:
    'Prints the macro-F1 of the emotion model on a file in the form of its training data, and the rates of each label.',
  arguments: [{ name: 'FILE', description: 'the labelled texts' }],
  options: {
    locale: {
      type: 'string',
      value: 'en|de',
      default: 'en',
      description: 'the language, and with it the form of the file',
    },
    weights: { type: 'string', value: 'FOLDER', description: 'where the weights are instead of the source folder' },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const file = positionals[0]!;
  const language = LANGUAGES.find((name) => name === values.locale) ?? refuse('--locale is en or de.');
  const examples = readExamples(file, language);
  const [model, lexicon] = [loadWeights(language, values.weights), loadLexicon(language)];
  const start = process.cpuUsage();
  const scores = examples.map(({ text }) => model.score((sink) => extractFeatures(readText(text), lexicon, sink)));
  const seconds = process.cpuUsage(start).user / 1e6;
  const all = examples.map((_, i) => i);
  const ratesFor = (sample: readonly number[]) =>
    LABELS[language].map((name, label) => ({
      name,
      ...ratesOf(
        (i) => scores[sample[i]!]![label]! > 0,
        Uint8Array.from(sample, (i) => examples[i]!.labels[label]!),
      ),
    }));
  const macroF1 = (sample: readonly number[]) => meanOf(ratesFor(sample).map(({ f1 }) => f1));
  const rates = ratesFor(all);
  for (const { name, precision, recall, f1, support } of rates)
    print(
      `${name.padEnd(10)} precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}  F1 ${f1.toFixed(3)}  support ${support}`,
    );
  const [low, high] = interval(all, macroF1);
  print(
    `macro-F1 ${macroF1(all).toFixed(4)}  (${examples.length} texts, locale ${language}; 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)})`,
  );
  print(`${Math.round(examples.length / seconds)} texts per second of processor time, the first ones included`);
  return 0;
}

/** The 95 % interval of a measure, by drawing texts with replacement (bootstrap). */
function interval(texts: readonly number[], measure: (sample: readonly number[]) => number): [number, number] {
  const DRAWS = 400;
  const random = seededRandom(1);
  const draw = () => texts.map(() => texts[Math.floor(random() * texts.length)]!);
  const values = Float64Array.from({ length: DRAWS }, () => measure(draw())).sort();
  return [values[Math.floor(DRAWS * 0.025)]!, values[Math.floor(DRAWS * 0.975)]!];
}

void runCommand(main);
