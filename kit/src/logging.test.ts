/** Log lines: their errors, and their way to standard output. */
import { ApiError, conflict } from './errors';
import { createLogger } from './logging';
import { TestProcess, NODE_FLAGS } from './testing/test-process';

const logged = (err: unknown) => {
  const lines: string[] = [];
  createLogger('test', 'info', { write: (line) => lines.push(line) }).warn({ err }, 'it failed');
  return (JSON.parse(lines[0]!) as { err: { type: string; message: string; stack?: string } }).err;
};

test('an outage is logged without a stack, because it is no fault of the code', () => {
  const message = 'The database is not reachable right now.';
  expect(logged(new ApiError('SERVICE_UNAVAILABLE', message))).toEqual({ type: 'ApiError', message });
});

test('all other errors keep their stack', () => {
  for (const error of [new TypeError('x is undefined'), conflict('The name is taken.')])
    expect(logged(error)).toMatchObject({ message: error.message, stack: expect.stringContaining('logging.test') });
});

test.each([
  ['ends by itself', ''],
  ['exits', 'process.exit();'],
  ['dies of an error', "throw new Error('unhandled');"],
])('a process that %s writes all lines before, in order', async (_end, statement) => {
  const script = `const log = require('./kit/src/logging').createLogger('test');
    for (let i = 0; i < 1000; i++) log.info({ i }, 'line');
    setTimeout(() => { log.info({ i: 1000 }, 'line'); ${statement} }, 30);`;
  await using running = new TestProcess({ args: [], flags: [...NODE_FLAGS, '-e', script] });
  await running.exited;
  const numbers = [...running.output.matchAll(/"i":(\d+)/g)].map(([, i]) => Number(i));
  expect(numbers).toEqual(Array.from({ length: 1001 }, (_, i) => i));
});
