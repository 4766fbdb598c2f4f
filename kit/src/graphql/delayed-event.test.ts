/** Events that meet an outage of PostgreSQL during execution: repeated until it is over, and no longer. */
import { GraphQLError } from 'graphql';
import { databaseAway } from '../database/connection-error';
import { forbidden } from '../errors';
import { executeDelayed } from './delayed-event';

const lost = new Error('Connection terminated unexpectedly');
const failure = (originalError: Error) => ({ data: null, errors: [new GraphQLError('no', { originalError })] });
const success = { data: { tick: 1 } };

/** Executes an event; its attempts have `outcomes`, and the last one repeats. */
async function run(outcomes: object[], { isHealthy = false, over = Infinity } = {}) {
  let attempts = 0;
  const result = await executeDelayed({
    execute: async (attempt) => {
      expect(attempt).toBe(attempts++);
      return outcomes[Math.min(attempt, outcomes.length - 1)]!;
    },
    isHealthy: async () => isHealthy,
    isOver: () => attempts >= over,
  });
  return { result, attempts };
}

test.each([
  ['a lost connection', lost],
  ['an unreachable database', databaseAway()],
])('%s delays the event', async (_name, error) => {
  expect(await run([failure(error), failure(error), success])).toEqual({ result: success, attempts: 3 });
});

test('other errors, and results without one, are final', async () => {
  const refused = failure(forbidden('no'));
  expect(await run([refused, success])).toEqual({ result: refused, attempts: 1 });
  expect(await run([success])).toEqual({ result: success, attempts: 1 });
});

test('an error that only looks like an outage is reported after three repetitions', async () => {
  const error = failure(lost);
  expect(await run([error], { isHealthy: true })).toEqual({ result: error, attempts: 4 });
});

test('an event that is not needed any more is not repeated', async () => {
  const error = failure(lost);
  expect(await run([error, success], { over: 1 })).toEqual({ result: error, attempts: 1 });
});
