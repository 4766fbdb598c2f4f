/** `npm run evaluate:emotion` measures the committed weights on files of both languages. */
import { NODE_FLAGS, REPOSITORY } from '@chat/kit/testing/test-process';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'chat-emotion-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function evaluate(content: string, locale: string) {
  const file = join(folder, `texts.${locale}`);
  writeFileSync(file, content);
  const command = [...NODE_FLAGS, join(__dirname, 'evaluate.cli.ts'), file, '--locale', locale];
  return spawnSync(process.execPath, command, { cwd: REPOSITORY, encoding: 'utf8' });
}

/** One text for each label, and one of joy whose label is anger. */
const ENGLISH = [
  ['This makes me so angry!', 0],
  ['That is disgusting.', 1],
  ['I am terrified of this.', 2],
  ['Thank you, I love it!', 3],
  ['The meeting starts at three.', 4],
  ['I am so sad, I miss her.', 5],
  ['Wow, what a surprise!', 6],
  ['I am happy, thank you so much!', 0],
];

test('macro-F1 is the mean over the labels', () => {
  const { stdout, status } = evaluate(ENGLISH.map(([text, label]) => `${text}\t${label}\tid\n`).join(''), 'en');
  expect(status).toBe(0);
  // Five labels are right; of anger one of two is found, and joy is found twice instead of once: (5 + 2/3 + 2/3) / 7.
  expect(stdout).toMatch(/macro-F1 0\.9048 {2}\(8 texts, locale en;/);
  expect(stdout).toMatch(/\d+ texts per second of processor time/);
});

test('a file of the other form is refused with its fault', () => {
  const { stderr, status } = evaluate('I am sad.\t5\tid\n', 'de');
  expect(status).toBe(1);
  expect(stderr).toMatch(/expected the columns text, anger/);
});
