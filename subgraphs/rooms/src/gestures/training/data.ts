/** Reads the data sets of gestures and splits them by blocks of consecutive rows, because neighbours are frames of one recording. */
import { readFileSync } from 'node:fs';
import { PATH_POINTS } from '../model/movement-model';
import { LANDMARKS } from '../model/pose-model';

export interface Sample {
  label: number;
  values: number[];
}

export interface DataSet {
  kind: 'poses' | 'movements';
  samples: Sample[];
}

/** @throws if the file is no CSV of one of the two forms */
export function readDataSet(path: string): DataSet {
  const samples = readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !/^[a-z]/i.test(line))
    .map((line, index): Sample => {
      const [label, ...values] = line.split(',').map(Number);
      if (!Number.isInteger(label) || values.some((value) => !Number.isFinite(value)))
        throw new Error(`${path}:${index + 1}: not a row of numbers`);
      return { label: label!, values };
    });
  const width = samples[0]?.values.length;
  if (samples.some(({ values }) => values.length !== width)) throw new Error(`${path}: rows of different lengths`);
  if (width === LANDMARKS * 2) return { kind: 'poses', samples };
  if (width === PATH_POINTS * 2) return { kind: 'movements', samples };
  throw new Error(`${path}: a row has a label and ${LANDMARKS * 2} (pose) or ${PATH_POINTS * 2} (movement) numbers`);
}

/** Rows of a block. */
const BLOCK = 25;
/** One of so many blocks of a label is held out. */
const HELD_OUT_OF = 5;

export interface Split {
  train: Sample[];
  heldOut: Sample[];
}

/** Every fifth block of each label is held out. Of a label with few rows the blocks are smaller. */
export function splitByBlocks(samples: readonly Sample[]): Split {
  const split: Split = { train: [], heldOut: [] };
  for (const ofLabel of Map.groupBy(samples, ({ label }) => label).values()) {
    const size = Math.min(BLOCK, Math.ceil(ofLabel.length / HELD_OUT_OF));
    ofLabel.forEach((sample, index) => {
      const block = Math.floor(index / size);
      (block % HELD_OUT_OF === HELD_OUT_OF - 1 ? split.heldOut : split.train).push(sample);
    });
  }
  return split;
}

export const pointsOf = ({ values }: Sample) =>
  Array.from({ length: values.length / 2 }, (_, index) => ({ x: values[index * 2]!, y: values[index * 2 + 1]! }));
