/** The weights file and the scores. */
import { LinearModel } from './linear-model';

const header = {
  labels: ['a', 'ä'],
  groups: 2,
  features: 3,
  bias: [0.5, -1],
  competition: 0,
  thresholds: [0, 0],
  scale: [0.1, 2],
};
const model = new LinearModel(
  header,
  Uint32Array.of(7, 0x8000_0000, 0xffff_ffff),
  Int8Array.of(1, 2, -127, 127, 3, -4),
);

const score = (of: LinearModel, ...features: [number, number][]) => [
  ...of.score((sink) => features.forEach(([group, hash]) => sink(group, hash))),
];

test('a score is the bias and the weights, each group divided by the root of its number of known features', () => {
  expect(score(model)).toEqual([0.5, -1]);
  const [a, b] = score(model, [0, 7], [0, 0xffff_ffff], [1, 0x8000_0000], [1, 12345]) as [number, number];
  expect(a).toBeCloseTo(0.5 + (0.1 * (1 + 3)) / Math.SQRT2 - 12.7);
  expect(b).toBeCloseTo(-1 + (2 * (2 - 4)) / Math.SQRT2 + 254);
});

test('a threshold moves the scores, and competition lowers those of a text with several labels', () => {
  const of = (changes: object) =>
    score(new LinearModel({ ...header, ...changes }, Uint32Array.of(1, 2, 3), new Int8Array(6)));
  expect(of({ thresholds: [0.25, -1] })).toEqual([0.25, 0]);
  const total = 1 / (1 + Math.exp(-0.5)) + 1 / (1 + Math.exp(1));
  expect(of({ competition: 0.5 })[0]).toBeCloseTo(0.5 - 0.5 * Math.log(total));
});

test('a feature counts once per text', () => {
  expect(score(model, [0, 7], [0, 7])).toEqual(score(model, [0, 7]));
  expect(score(model, [0, 7])).toEqual(score(model, [0, 7]));
});

test('the file gives the same model', () => {
  const read = LinearModel.read(model.write());
  expect(read.header).toEqual(header);
  expect(score(read, [0, 7], [1, 0x8000_0000])).toEqual(score(model, [0, 7], [1, 0x8000_0000]));
  expect(read.write()).toEqual(model.write());
});

test('refuses other and incomplete files', () => {
  expect(() => LinearModel.read(Buffer.from('GIF89a..'))).toThrow('not an emotion model');
  expect(() => LinearModel.read(model.write().slice(0, -1))).toThrow('incomplete');
});
