/** The lag of the event loop, as scrapers read it. */
import { setTimeout as pause } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { processRegistry } from './registries';

const LAG = /^nodejs_eventloop_lag/;
const namesOf = async (registry: Registry) =>
  (await registry.getMetricsAsJSON()).map(({ name }) => name).filter((name) => LAG.test(name));

async function lagOf(registry: Registry): Promise<Record<string, number>> {
  const metrics = await registry.getMetricsAsJSON();
  return Object.fromEntries(
    metrics.flatMap(({ name, values }) => (LAG.test(name) ? [[name, Number(values[0]?.value)]] : [])),
  );
}

test('a block of the event loop is seen once, and a quiet one has hardly any lag', async () => {
  const registry = processRegistry('test');
  await lagOf(registry);
  await pause(500); // counting begins with the first sample after a scrape
  const until = performance.now() + 900;
  while (performance.now() < until);
  await pause(300);
  const lag = await lagOf(registry);
  expect(lag['nodejs_eventloop_lag_max_seconds']).toBeGreaterThan(0.6);
  expect(lag['nodejs_eventloop_lag_p99_seconds']).toBeGreaterThan(0.6);
  expect(lag['nodejs_eventloop_lag_min_seconds']).toBeLessThan(0.6);
  await pause(500);
  expect((await lagOf(registry))['nodejs_eventloop_lag_max_seconds']).toBeLessThan(0.6);
});

test("the names are those of prom-client's own metrics", async () => {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  expect((await namesOf(processRegistry('test'))).sort()).toEqual((await namesOf(own)).sort());
});
