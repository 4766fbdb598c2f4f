/** `npm run elyza` reads lines from standard input, with a script of its own or in two languages. */
import { NODE_FLAGS, REPOSITORY } from '@chat/kit/testing/test-process';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

function answersTo(lines: readonly string[], ...args: string[]): string[] {
  const command = [...NODE_FLAGS, join(__dirname, 'elyza.cli.ts'), ...args];
  const output = execFileSync(process.execPath, command, {
    cwd: REPOSITORY,
    input: lines.join('\n'),
    encoding: 'utf8',
  });
  return output.trimEnd().split('\n');
}

test('a script is followed; a line without text has no answer', () => {
  const script = join(__dirname, 'scripts/doctor-1966.txt');
  expect(
    answersTo(['Men are all alike.', ' ', 'I need some help, that much seems certain.\r'], '--script', script),
  ).toEqual(['IN WHAT WAY', 'WHAT WOULD IT MEAN TO YOU IF YOU GOT SOME HELP']);
});

test('the conversation in docs/elyza.md is what she says', () => {
  const [, conversation = ''] = readFileSync(join(REPOSITORY, 'docs/elyza.md'), 'utf8').split(
    '## A German conversation',
  );
  const lines = /```text\n(.*?)\n```/s.exec(conversation)![1]!.split('\n');
  const sentences = lines.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
  expect(sentences.length).toBeGreaterThanOrEqual(20);
  expect(answersTo(sentences, '--locale', 'de')).toEqual(lines.filter((line) => !line.startsWith('> ')));
});
