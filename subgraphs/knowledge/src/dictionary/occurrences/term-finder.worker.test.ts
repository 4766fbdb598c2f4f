/** How a thread collects the keys of a dictionary: the parts of one load, or nothing. */
import { findTerms, loadKeys, type KeyRow } from './term-finder.worker';

const wombat: KeyRow = { kind: 'FORM', key: 'wombat', termId: 'w' };
const emu: KeyRow = { kind: 'FORM', key: 'emu', termId: 'e' };
const part = (load: number, row: KeyRow, isFirst: boolean, isLast: boolean) =>
  loadKeys({ load, rows: [row], isFirst, isLast });

test('a load whose first part the thread never got, or that another has overtaken, gives no automaton', () => {
  expect(part(1, emu, false, true)).toBe(false);
  expect(findTerms('wombat emu')).toBeUndefined();
  expect(part(2, wombat, true, false)).toBe(true);
  expect(part(3, wombat, true, false)).toBe(true);
  expect(part(2, emu, false, true)).toBe(false);
  expect(findTerms('wombat emu')).toBeUndefined();
  expect(part(3, emu, false, true)).toBe(true);
  expect(findTerms('wombat emu')).toEqual(['w', 'e']);
  expect(part(4, emu, true, false)).toBe(true);
  expect(findTerms('wombat emu')).toEqual(['w', 'e']);
});
