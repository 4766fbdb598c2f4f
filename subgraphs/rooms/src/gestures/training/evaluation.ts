/** Accuracy of the models on labelled samples. */
import { classifyMovement, movementFeatures } from '../model/movement-model';
import { classifyPose, poseFeatures } from '../model/pose-model';
import { pointsOf, type DataSet, type Sample } from './data';

export interface Accuracy {
  rows: number;
  accuracy: number;
  /** By label. */
  recall: Record<string, number>;
}

type Classifier = (sample: Sample) => number[];

export const classifierOf = (kind: DataSet['kind']): Classifier =>
  kind === 'poses'
    ? (sample) => classifyPose(poseFeatures(pointsOf(sample)))
    : (sample) => classifyMovement(movementFeatures(pointsOf(sample)));

export function accuracyOn(samples: readonly Sample[], classify: Classifier): Accuracy {
  const isRight = (sample: Sample): boolean => {
    const probabilities = classify(sample);
    return probabilities.indexOf(Math.max(...probabilities)) === sample.label;
  };
  const share = (some: readonly Sample[]) => rounded(some.filter(isRight).length / Math.max(1, some.length));
  const byLabel = [...Map.groupBy(samples, ({ label }) => label)].sort(([a], [b]) => a - b);
  return {
    rows: samples.length,
    accuracy: share(samples),
    recall: Object.fromEntries(byLabel.map(([label, some]) => [label, share(some)])),
  };
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
