/** `npm run evaluate:gestures -- FILE…`: the accuracy of the committed models on any CSV of the data sets' forms, as one JSON line a file. */
import { commandLine } from '@chat/kit/process/command-line';
import { resolve } from 'node:path';
import { readDataSet, splitByBlocks } from './data';
import { accuracyOn, classifierOf } from './evaluation';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { positionals } = commandLine({
  command: 'npm run evaluate:gestures --',
  summary:
    'Prints the accuracy of the models on each file: on the blocks that training holds out, and on all rows. For files that were not trained on, all rows count.',
  arguments: [{ name: 'FILE', isRepeated: true, description: 'CSV: a label, then 42 numbers (pose) or 32 (movement)' }],
});

for (const path of positionals) {
  const { kind, samples } = readDataSet(resolve(path));
  const classify = classifierOf(kind);
  const all = accuracyOn(samples, classify);
  const heldOut = accuracyOn(splitByBlocks(samples).heldOut, classify);
  const start = performance.now();
  for (const sample of samples) classify(sample);
  const msEach = (performance.now() - start) / samples.length;
  print(
    JSON.stringify({ file: path, kind, accuracy: heldOut.accuracy, heldOut, all, msEach: Number(msEach.toFixed(4)) }),
  );
}
