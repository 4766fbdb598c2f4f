/** `npm run train:gestures -- FOLDER`: trains both models on the data sets in a folder, without the held-out blocks, and writes their weights. */
import { commandLine } from '@chat/kit/process/command-line';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MOVEMENT_SIZES, movementFeatures } from '../model/movement-model';
import { Perceptron } from '../model/perceptron';
import { POSE_SIZES, poseFeatures } from '../model/pose-model';
import { pointsOf, readDataSet, splitByBlocks, type Sample, type Split } from './data';
import { accuracyOn } from './evaluation';
import { movementExamples, poseExamples } from './examples';
import { seeded } from './random';
import { train, type Example } from './trainer';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { positionals } = commandLine({
  command: 'npm run train:gestures --',
  summary: 'Trains the models of poses and movements and writes their weights into the rooms subgraph.',
  arguments: [{ name: 'FOLDER', isOptional: true, description: 'the data sets; default: ../shared/data/gestures' }],
});
const folder = resolve(positionals[0] ?? '../shared/data/gestures');

function splitOf(...names: string[]): Split {
  const splits = names
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .map((path) => splitByBlocks(readDataSet(path).samples));
  return { train: splits.flatMap((split) => split.train), heldOut: splits.flatMap((split) => split.heldOut) };
}

interface Task {
  name: string;
  sizes: readonly number[];
  split: Split;
  seed: number;
  steps: number;
  examples: (samples: readonly Sample[], random: ReturnType<typeof seeded>) => () => Example;
  features: (sample: Sample) => number[];
}

function run({ name, sizes, split, seed, steps, examples, features }: Task): void {
  const random = seeded(seed);
  const weights = train({
    sizes,
    steps,
    batch: 64,
    random,
    example: examples(split.train, random),
    report(step, soFar) {
      const perceptron = new Perceptron(sizes, soFar);
      const { accuracy, recall } = accuracyOn(split.heldOut, (sample) => perceptron.classify(features(sample)));
      print(JSON.stringify({ name, step, heldOut: accuracy, recall }));
    },
  });
  const path = join(__dirname, '..', 'model', `${name}.bin`);
  writeFileSync(path, Buffer.from(weights.buffer));
  print(`wrote ${path}`);
}

run({
  name: 'poses',
  sizes: POSE_SIZES,
  split: splitOf('poses.csv', 'poses.ok-victory.csv'),
  seed: 1,
  steps: 16_000,
  examples: poseExamples,
  features: (sample) => poseFeatures(pointsOf(sample)),
});
run({
  name: 'movements',
  sizes: MOVEMENT_SIZES,
  split: splitOf('movements.csv'),
  seed: 2,
  steps: 8000,
  examples: movementExamples,
  features: (sample) => movementFeatures(pointsOf(sample)),
});
