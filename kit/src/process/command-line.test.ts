/** Command lines as a user types them, in real processes: help, wrong options, wrong arguments, and the parsed values. */
// cspell:disable -- the misspelt names are intended
import { TestProcess } from '../testing/test-process';

/** Runs a command that prints what it has read. */
async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const script = `
    const { commandLine } = require(${JSON.stringify(require.resolve('./command-line'))});
    const { values, positionals, refuse } = commandLine({
      command: 'npm run paint --',
      summary: 'Paints a wall.',
      arguments: [
        { name: 'COLOUR', description: 'the paint', choices: ['red', 'green'] },
        { name: 'ROOM', description: 'only these rooms', isOptional: true, isRepeated: true },
      ],
      options: {
        coats: { type: 'string', value: 'N', default: '2', description: 'number of coats' },
        only: { type: 'string', multiple: true, description: 'only this wall' },
        quick: { type: 'boolean', description: 'does not wait for the paint to dry' },
      },
      details: 'The walls stay where they are.',
    }, process.argv.slice(1));
    if (!(Number(values.coats) > 0)) refuse('--coats must be a number above 0.');
    console.log(JSON.stringify([values, positionals]));`;
  await using process = new TestProcess({ args: ['-e', script, '--', ...args] });
  const { code } = await process.exited;
  return { code, output: process.output };
}

test('options, defaults and arguments are read', async () => {
  const { code, output } = await run('green', '--quick', 'kitchen', '--only', 'north', '--only=south', 'hall');
  expect(code).toBe(0);
  expect(JSON.parse(output)).toEqual([
    { coats: '2', quick: true, only: ['north', 'south'] },
    ['green', 'kitchen', 'hall'],
  ]);
});

test.each([[['--help']], [['-h']], [['violet', '--coat', '3', '--help']]])(
  'help is printed for %j, and nothing else happens',
  async (args) => {
    expect(await run(...args)).toEqual({
      code: 0,
      output: `Usage: npm run paint -- COLOUR [ROOM…] [--coats N] [--only VALUE] [--quick]

Paints a wall.

  COLOUR        the paint: red, green
  ROOM          only these rooms
  --coats N     number of coats; default 2
  --only VALUE  only this wall; repeatable
  --quick       does not wait for the paint to dry
  --help        prints this text

The walls stay where they are.
`,
    });
  },
);

test.each([
  [['red', '--caots', '3'], 'Unknown option --caots. Did you mean --coats?\n'],
  [['red', '--purple'], 'Unknown option --purple.\n'],
  [['red', '-x'], 'Unknown option -x.\n'],
  [
    ['red', '--quik', '--onyl', 'a'],
    'Unknown option --quik. Did you mean --quick?\nUnknown option --onyl. Did you mean --only?\n',
  ],
  [['red', '--coats'], /coats.*argument missing/],
  [['red', '--coats', '-1'], /coats/],
  [['red', '--coats', 'three'], '--coats must be a number above 0.\n'],
  [['red', '--quick=yes'], /quick.* does not take an argument/],
  [[], 'COLOUR is missing. It is red or green.\n'],
  [['gren'], 'COLOUR cannot be "gren". Did you mean green?\n'],
  [['violet'], 'COLOUR cannot be "violet". It is red or green.\n'],
])('%j is refused with 2', async (args, message) => {
  const { code, output } = await run(...args);
  expect(code).toBe(2);
  expect(output.split('Usage:')[0]).toEqual(
    typeof message === 'string' ? message : (expect.stringMatching(message) as string),
  );
  expect(output).toContain('Usage: npm run paint -- COLOUR');
  expect(output).toContain('`npm run paint -- --help` explains it.\n');
});
