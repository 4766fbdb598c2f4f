/** The three-way merge: clean merges, conflicts, and its symmetry. */
// cspell:words Xbcd Xbcde Xcde Xcdef
import * as fc from 'fast-check';
import { mergeTexts } from './page.merge';

const merge = (base: string, ours: string, theirs: string) => mergeTexts({ base, ours, theirs });

const lines = (text: string) => text.split('').join('\n');

test.each([
  ['both the same change', 'abc', 'aXc', 'aXc', 'aXc'],
  ['one side only', 'abc', 'abc', 'abX', 'abX'],
  ['separate lines', 'abcde', 'Xbcde', 'abcdY', 'XbcdY'],
  ['an insertion and a deletion apart', 'abcdef', 'abXcdef', 'abcde', 'abXcde'],
])('merges %s', (_name, base, ours, theirs, merged) =>
  expect(merge(lines(base), lines(ours), lines(theirs))).toBe(lines(merged)),
);

test.each([
  ['the same line', 'abc', 'aXc', 'aYc'],
  ['neighbouring lines', 'abcd', 'aXcd', 'abYd'],
  ['a deletion of a line that the other changes', 'abc', 'ac', 'aYc'],
  ['two insertions at one place', 'ab', 'aXb', 'aYb'],
])('conflict: %s', (_name, base, ours, theirs) =>
  expect(merge(lines(base), lines(ours), lines(theirs))).toBeUndefined(),
);

test('long texts merge, and texts that differ in very many lines conflict', () => {
  const long = Array.from({ length: 20_000 }, (_, line) => (line % 2 ? '' : `line ${line}`));
  const ours = ['mine', ...long].join('\n');
  const theirs = [...long, 'yours'].join('\n');
  expect(merge(long.join('\n'), ours, theirs)).toBe(['mine', ...long, 'yours'].join('\n'));
  const other = long.map((_, line) => `other ${line}`).join('\n');
  expect(merge(long.join('\n'), other, theirs)).toBeUndefined();
});

test('a clean merge keeps the lines that each side added, and does not depend on the order of the sides', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '', '- x'), { maxLength: 12 });
  const edit = fc.record({ at: fc.nat(12), remove: fc.nat(3), add: fc.nat(2) });
  const apply = (base: string[], { at, remove, add }: { at: number; remove: number; add: number }, mark: string) =>
    base.toSpliced(at, remove, ...Array.from({ length: add }, (_, index) => `${mark}${index}`));
  fc.assert(
    fc.property(text, edit, edit, (base, first, second) => {
      const [o, a, b] = [base, apply(base, first, 'ours'), apply(base, second, 'theirs')].map((all) =>
        all.join('\n'),
      ) as [string, string, string];
      const merged = merge(o, a, b);
      expect(merge(o, b, a)).toBe(merged);
      if (merged === undefined) return;
      for (const side of [a, b])
        for (const line of side.split('\n'))
          if (/^(ours|theirs)/.test(line)) expect(merged.split('\n')).toContain(line);
    }),
    { numRuns: 500 },
  );
});
