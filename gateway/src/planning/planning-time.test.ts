/** A query that takes minutes to plan is refused, and other requests are answered in the meantime. */
import { setImmediate } from 'node:timers/promises';
import type { FormattedExecutionResult } from 'graphql';
import { createLogger } from '@chat/kit/logging';
import { executeOperation } from '../execution/executor';
import { Supergraph } from '../supergraph/supergraph';
import { compose } from '../testing/compose';
import { WORLD } from '../testing/differential-world';
import { PlanningThread } from './planning-thread';
import { OperationPreparer } from './prepare';

const supergraph = new Supergraph(compose(Object.entries(WORLD).map(([name, typeDefs]) => ({ name, typeDefs }))));

/** For this query the planner builds a cycle of fetches, which it walks until an array is full. */
const HOSTILE = '{ users { reads { top { product { tax advice y: advice estimateEur } } } } }';

/** Chains three requests; the planner can plan it. */
const CHAINED = 'query ($p: Boolean!) { product { advice estimateEur name @include(if: $p) } }';

/** Short, and none of its fields requires another. */
const LIGHT = '{ me { id } }';

/** There are no services, so if there is a plan, its fetches fail and the data is null. */
function ask(preparer: OperationPreparer, query: string, variables = {}): Promise<FormattedExecutionResult> {
  const prepared = preparer.prepare(supergraph, { query });
  if ('errors' in prepared) return Promise.resolve({ errors: prepared.errors.map((error) => error.toJSON()) });
  const scope = { viewer: null, headers: {}, log: createLogger('test', 'silent') };
  return executeOperation(prepared, variables, new Map(), scope);
}

const codes = ({ errors }: FormattedExecutionResult) => errors?.map(({ extensions }) => extensions?.code);

test('the event loop is free while the thread plans, and the thread goes on after the deadline', async () => {
  await using thread = new PlanningThread();
  const preparer = new OperationPreparer({ thread });
  let isRefused = false;
  const refused = ask(preparer, HOSTILE).finally(() => (isRefused = true));
  let turns = 0;
  let longestMs = 0;
  while (!isRefused) {
    const began = performance.now();
    if (turns++ % 1_000 === 0) expect(await ask(preparer, LIGHT)).toHaveProperty('data', { me: null });
    await setImmediate();
    longestMs = Math.max(longestMs, performance.now() - began);
  }
  expect(codes(await refused)).toEqual(['LIMIT_EXCEEDED']);
  expect(turns).toBeGreaterThan(100);
  expect(longestMs).toBeLessThan(2_500);
  const began = performance.now();
  expect(codes(await ask(preparer, HOSTILE))).toEqual(['LIMIT_EXCEEDED']);
  expect(performance.now() - began).toBeLessThan(500); // remembered, so not planned again
  for (const p of [true, false]) expect(await ask(preparer, CHAINED, { p })).toHaveProperty('data', { product: null });
}, 60_000);

test('operations that wait for the same plan share it', async () => {
  await using thread = new PlanningThread();
  const planned: boolean[] = [];
  const preparer = new OperationPreparer({ thread, onPlan: (isCached) => planned.push(isCached) });
  const plan = jest.spyOn(thread, 'plan');
  const answers = await Promise.all([1, 2, 3].map(() => ask(preparer, CHAINED, { p: true })));
  for (const answer of answers) expect(answer).toHaveProperty('data', { product: null });
  expect(plan).toHaveBeenCalledTimes(1);
  expect(planned).not.toContain(false);
}, 60_000);

test('operations beyond the queue are refused at once', async () => {
  await using thread = new PlanningThread();
  const texts = Array.from({ length: 20 }, (_text, index) => CHAINED.replace('name', `name code${index}: id`));
  const answers = await Promise.all(texts.map((text) => ask(new OperationPreparer({ thread }), text, { p: true })));
  const found = answers.map((answer) => codes(answer)?.[0] === 'SERVICE_UNAVAILABLE' && answer.data === undefined);
  expect(found.filter(Boolean)).toHaveLength(3);
}, 60_000);

test('without a thread, planning is interrupted at the deadline', async () => {
  expect(codes(await ask(new OperationPreparer(), HOSTILE))).toEqual(['LIMIT_EXCEEDED']);
  expect(await ask(new OperationPreparer(), CHAINED, { p: true })).toHaveProperty('data', { product: null });
}, 60_000);
