/** Makes examples for training: rows of the data sets with augmentation, and synthetic ones. */
import { movementFeatures, PATH_POINTS } from '../model/movement-model';
import { poseFeatures, POSES, type Point } from '../model/pose-model';
import { pointsOf, type Sample } from './data';
import { syntheticPose } from './hand-model';
import type { Random } from './random';
import type { Example } from './trainer';

/** The part of synthetic examples among those of poses that the data sets have. */
const SYNTHETIC_PART = 0.2;

/** Another camera: turned, mirrored, with another aspect ratio, and with noise. */
function distorted(points: readonly Point[], random: Random, turn: number, noise: number): Point[] {
  const angle = random.normal() * turn;
  const aspect = Math.exp(random.normal() * 0.15);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return points.map(({ x, y }) => ({
    x: (x * cosine - y * sine) * aspect + random.normal() * noise,
    y: x * sine + y * cosine + random.normal() * noise,
  }));
}

/** A hand that is turned away from the camera: shortened along its own axis or across it. */
function foreshortened(points: readonly Point[], random: Random): Point[] {
  const base = points[9]!;
  const axis = Math.atan2(base.y, base.x) + (random.unit() < 0.7 ? 0 : Math.PI / 2) + random.normal() * 0.3;
  const factor = random.between(0.35, 1.15);
  const [cosine, sine] = [Math.cos(axis), Math.sin(axis)];
  return points.map(({ x, y }) => {
    const [along, across] = [(x * cosine + y * sine) * factor, -x * sine + y * cosine];
    return { x: along * cosine - across * sine, y: along * sine + across * cosine };
  });
}

const mirrored = (points: readonly Point[]): Point[] => points.map(({ x, y }) => ({ x: -x, y }));

export function poseExamples(samples: readonly Sample[], random: Random): () => Example {
  const byLabel = Map.groupBy(samples, ({ label }) => label);
  return () => {
    const label = random.integer(POSES.length);
    const real = byLabel.get(label);
    if (!real || random.unit() < SYNTHETIC_PART) {
      return { label, features: poseFeatures(syntheticPose(POSES[label]!, random)) };
    }
    const points = pointsOf(real[random.integer(real.length)]!);
    const turned = random.unit() < 0.4 ? foreshortened(points, random) : points;
    const seen = distorted(random.unit() < 0.4 ? mirrored(turned) : turned, random, 0.35, 0.015);
    return { label, features: poseFeatures(seen) };
  };
}

const SYNTHETIC_MOVEMENTS = 0.2;

export function movementExamples(samples: readonly Sample[], random: Random): () => Example {
  const byLabel = [...Map.groupBy(samples, ({ label }) => label).values()];
  return () => {
    if (random.unit() < SYNTHETIC_MOVEMENTS) return syntheticMovement(random);
    const real = byLabel[random.integer(byLabel.length)]!;
    const sample = real[random.integer(real.length)]!;
    const scale = Math.exp(random.normal() * 0.15);
    const points = distorted(pointsOf(sample), random, 0.2, 0.0008).map(({ x, y }) => ({ x: x * scale, y: y * scale }));
    return { label: sample.label, features: movementFeatures(points) };
  };
}

/** Labels of the data set. In image coordinates, y down, a growing angle is clockwise. */
function syntheticMovement(random: Random): Example {
  const label = random.integer(4);
  const noise = label === 0 && random.unit() < 0.4 ? 0 : random.between(0.0002, 0.003);
  const at = pathOf(label, random);
  const points = Array.from({ length: PATH_POINTS }, (_, index) => {
    const { x, y } = at(index / (PATH_POINTS - 1));
    return { x: x + random.normal() * noise, y: y + random.normal() * noise };
  });
  return { label, features: movementFeatures(points) };
}

function pathOf(label: number, random: Random): (part: number) => Point {
  if (label === 0) return () => ({ x: 0, y: 0 });
  if (label === 3) return random.unit() < 0.5 ? swipe(random) : wave(random);
  const [radius, turns, start] = [random.between(0.04, 0.3), random.between(0.6, 2.2), random.between(0, 2 * Math.PI)];
  const direction = label === 1 ? 1 : -1;
  const [wide, high] = [radius * random.between(0.7, 1.3), radius];
  return (part) => {
    const angle = start + direction * turns * 2 * Math.PI * part;
    return { x: wide * Math.cos(angle), y: high * Math.sin(angle) };
  };
}

function swipe(random: Random): (part: number) => Point {
  const [length, angle, bow] = [random.between(0.1, 0.8), random.between(0, 2 * Math.PI), random.between(-0.15, 0.15)];
  return (part) => {
    const [along, across] = [length * part, length * bow * Math.sin(Math.PI * part)];
    return {
      x: along * Math.cos(angle) - across * Math.sin(angle),
      y: along * Math.sin(angle) + across * Math.cos(angle),
    };
  };
}

function wave(random: Random): (part: number) => Point {
  const [width, strokes, lift] = [random.between(0.05, 0.3), random.between(1, 3), random.between(0, 0.25)];
  const start = random.between(0, 2 * Math.PI);
  return (part) => {
    const angle = start + strokes * 2 * Math.PI * part;
    return { x: width * Math.cos(angle), y: -width * lift * Math.abs(Math.sin(angle)) };
  };
}
