/** Errors in log lines. */
import { ApiError, conflict } from './errors';
import { createLogger } from './logging';

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
