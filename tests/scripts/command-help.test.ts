/** Every command in package.json explains itself with `--help` and refuses unknown options, without doing or starting anything. */
import { NODE_FLAGS, REPOSITORY, TestProcess } from '@chat/kit/testing/test-process';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { scripts } from '../../package.json';
import { QUESTIONS } from '../../bench/questions';

/** Scripts that only call a program of a dependency, with that program's own options. */
const PROGRAMS = new Set([
  'test',
  'test:proxies',
  'test:coverage',
  'test:watch',
  'web',
  'types',
  'lint',
  'format:check',
  'spelling',
  'cycles',
  'unused',
]);
const ours = (Object.keys(scripts) as (keyof typeof scripts)[]).filter((name) => !PROGRAMS.has(name));

let dataDir: string;
beforeAll(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'chat-help-'))));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** They would make a command fail that reads them. */
const settings = () => ({
  HOME: process.env['HOME'] ?? '/',
  DATA_DIR: join(dataDir, 'data'),
  PORT: 'none',
  DATABASE_URL: 'none',
});

/** Runs an npm script as a user types it. */
async function npm(script: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  await using command = new TestProcess({
    command: 'npm',
    flags: [],
    args: ['run', '--silent', script, '--', ...args],
    env: settings(),
  });
  const { code } = await command.exited;
  return { code, output: command.output };
}

/** Runs the command of an npm script without npm and with compiled sources from the cache: both take long to start. */
async function commandOf(
  script: keyof typeof scripts,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const line = scripts[script].replace('-r @swc-node/register', `-r ${NODE_FLAGS.at(-1)}`);
  const path = [join(REPOSITORY, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  await using command = new TestProcess({
    command: '/bin/sh',
    flags: [],
    args: ['-c', `${line} "$@"`, 'sh', ...args],
    env: { ...settings(), PATH: path },
  });
  const { code } = await command.exited;
  return { code, output: command.output };
}

/** One script of each kind: those that differ only in the file that they run are started in the same way. */
const kinds = new Map(ours.map((script) => [scripts[script].replace(/\S+\.ts$/, ''), script]));

test.each([...kinds.values()])('npm run %s says the same through npm', async (script) => {
  const typed = await npm(script, '--help');
  expect(typed).toEqual(await commandOf(script, '--help'));
  expect(typed.code).toBe(0);
});

const helpOf = new Map<string, string>();

test.each(ours)('npm run %s -- --help', async (script) => {
  const { code, output } = await commandOf(script, '--help');
  helpOf.set(script, output);
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^Usage: npm (run )?\S+/) });
  const [, named] = /^Usage: npm (?:run )?(\S+)/.exec(output)!;
  expect(named).toBe(script);
  expect(output).toMatch(/^ {2}--help +prints this text$/m);
  expect(output).not.toMatch(/; default .*; default /);
});

test.each(ours)('npm run %s with a misspelt option', async (script) => {
  const [, option = ''] = /^ {2}(--[\w-]+)/m.exec(helpOf.get(script)!)!;
  const misspelt = `${option.slice(0, -2)}${option.slice(-1)}${option.at(-2)}`;
  const { code, output } = await commandOf(script, misspelt);
  expect({ code, output }).toEqual({
    code: 2,
    output: expect.stringContaining(`Unknown option ${misspelt}. Did you mean ${option}?\n`),
  });
});

test('none of them has started or written anything', async () => {
  expect(await readdir(dataDir)).toEqual([]);
});

test('every bench says which question it answers', async () => {
  const files = readdirSync(join(REPOSITORY, 'bench')).filter((file) => file.endsWith('.bench.ts'));
  expect(Object.keys(QUESTIONS).map((name) => `${name}.bench.ts`)).toEqual(files.sort());
  for (const question of Object.values(QUESTIONS)) expect(helpOf.get('bench')).toContain(question);
  const { code, output } = await npm('bench', 'gateway', '--help');
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining(QUESTIONS['gateway']!) });
  expect(output).toContain('--connections N');
});
