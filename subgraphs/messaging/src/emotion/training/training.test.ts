// cspell:disable -- German words
/** Training and evaluation on small data: what is read, what is learnt, and that both are reproducible. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExamples, type Example } from './data-set';
import { bestThreshold, ratesOf } from './macro-f1';
import { trainModel } from './train';

const file = (content: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'emotion-')), 'data');
  writeFileSync(path, content);
  return path;
};

describe('data', () => {
  test('English: a text, indexes of labels, an id', () => {
    expect(readExamples(file('I "am", happy\t3,6\tx1\nok\t4\tx2\r\n'), 'en')).toEqual([
      { text: 'I "am", happy', labels: Uint8Array.of(0, 0, 0, 1, 0, 0, 1) },
      { text: 'ok', labels: Uint8Array.of(0, 0, 0, 0, 1, 0, 0) },
    ]);
    expect(() => readExamples(file('happy\t7\tx'), 'en')).toThrow(':1: expected');
    expect(() => readExamples(file('happy'), 'en')).toThrow(':1: expected');
    expect(() => readExamples(file(''), 'en')).toThrow('no examples');
  });

  test('German: CSV with quotes and line breaks, columns by name', () => {
    const csv =
      'id,text,anger,disgust,fear,joy,sadness,surprise\n1,"so ""schön"",\nja",0,0,0,1,0,0\r\n2,nein,1,0,0,0,0,0';
    expect(readExamples(file(csv), 'de')).toEqual([
      { text: 'so "schön",\nja', labels: Uint8Array.of(0, 0, 0, 1, 0, 0) },
      { text: 'nein', labels: Uint8Array.of(1, 0, 0, 0, 0, 0) },
    ]);
    expect(() => readExamples(file('id,text\n1,nein'), 'de')).toThrow('expected the columns');
    expect(() => readExamples(file(csv.replace('1,0,0,0,0,0', 'yes,0,0,0,0,0')), 'de')).toThrow('row 3');
  });
});

describe('rates', () => {
  const truth = Uint8Array.of(1, 1, 0, 0, 1);
  const scores = Float64Array.of(0.9, 0.8, 0.7, 0.1, 0.6);

  test('F1 is the harmonic mean of precision and recall', () => {
    expect(ratesOf((i) => scores[i]! > 0.65, truth)).toEqual({
      precision: 2 / 3,
      recall: 2 / 3,
      f1: 2 / 3,
      support: 3,
    });
    expect(ratesOf(() => false, truth)).toEqual({ precision: 0, recall: 0, f1: 0, support: 3 });
  });

  test('the best threshold maximises F1', () => {
    const threshold = bestThreshold(scores, truth, [0, 1, 2, 3, 4]);
    expect(threshold).toBeCloseTo(0.35);
    expect(ratesOf((i) => scores[i]! > threshold, truth).f1).toBeCloseTo(6 / 7);
  });
});

describe('training', () => {
  const SAID: [string, number][] = [
    ['so traurig und schlimm', 4],
    ['wie schön, ich freue mich', 3],
    ['das macht mir Angst', 2],
    ['ekelhaft, einfach ekelhaft', 1],
    ['das macht mich wütend', 0],
    ['oh, damit habe ich nicht gerechnet', 5],
  ];
  const examples = (labels: number): Example[] =>
    Array.from({ length: 48 }, (_, i) => {
      const [text, label] = SAID[i % SAID.length]!;
      return { text: `${text} ${i}`, labels: Uint8Array.from({ length: labels }, (_, at) => Number(at === label)) };
    });

  test('learns, and tells its progress', () => {
    const lines: string[] = [];
    expect(trainModel('de', examples(6), 7, (line) => lines.push(line)).crossValidated).toBeGreaterThan(0.95);
    expect(lines.length).toBeGreaterThan(3);
  });

  // With the recipe for English, which is the shorter one.
  test('gives the same bytes for the same seed', () => {
    const bytes = (seed: number) => trainModel('en', examples(7), seed, () => {}).model.write();
    const first = bytes(7);
    expect(bytes(7)).toEqual(first);
    expect(bytes(8)).not.toEqual(first);
  });
});
