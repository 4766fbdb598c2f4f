/** What counts as text that a person may send. */
import { textProblem } from './text';

test.each([
  ['', 'must not be empty'],
  [' \n\t ', 'must not have control characters'],
  ['   ', 'must not be empty'],
  ['\u200b\u200d', 'must not be empty'],
  ['a\u0000b', 'must not have control characters'],
  ['\ud800', 'must be well-formed Unicode (it has a lone surrogate)'],
  ['abcdef', 'must have at most 5 characters'],
  [7, 'must be text'],
])('%j %s', (value, problem) => expect(textProblem(value, { max: 5 })).toBe(problem));

test('counts code points, and allows line breaks only where they belong', () => {
  expect(textProblem('😀😀😀😀😀', { max: 5 })).toBeUndefined();
  expect(textProblem('a\nb', { max: 5 })).toBe('must not have control characters');
  expect(textProblem('a\nb', { max: 5, multiline: true })).toBeUndefined();
});
