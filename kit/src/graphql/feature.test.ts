/** Merging of feature manifests: order, missing needs and names that are taken. */
import { defineFeatures, loaderFactory, makeServices, mergeJobs, type Feature } from './feature';

class Clock {
  readonly name = 'clock';
}
class Alarm {
  constructor(readonly clock: Clock) {}
}

const clockFeature: Feature<object, { services: { clock: Clock }; loaders: { hour: number } }> = {
  name: 'clock',
  services: () => ({ clock: new Clock() }),
  loaders: () => ({ hour: 7 }),
  jobs: () => ({ tasks: { tick: () => Promise.resolve() }, cron: ['* * * * * tick'] }),
};
const alarmFeature: Feature<
  object,
  { needs: { clock: Clock }; needsLoaders: { hour: number }; services: { alarm: Alarm }; loaders: { minute: number } }
> = {
  name: 'alarm',
  services: ({ services }) => ({ alarm: new Alarm(services.clock) }),
  loaders: ({ loaders }) => ({ minute: loaders.hour * 60 }),
};

test('a feature gets services and loaders of the features above it', () => {
  const features = defineFeatures(clockFeature, alarmFeature);
  const { alarm, clock } = makeServices(features, {}) as { alarm: Alarm; clock: Clock };
  expect(alarm.clock).toBe(clock);
  const makeLoaders = loaderFactory<{ hour: number; minute: number }>(features);
  for (const request of ['first', 'second']) {
    const { hour, minute } = makeLoaders({
      viewer: null,
      em: () => undefined as never,
      pool: () => undefined as never,
      parts: { request },
    });
    expect([hour, minute]).toEqual([7, 420]);
  }
});

test('the compiler refuses a list that lacks a needed service', () => {
  // @ts-expect-error -- no feature makes the clock
  expect(defineFeatures(alarmFeature)).toHaveLength(1);
});

test('the wrong order is an error that names both', () => {
  expect(() => makeServices([alarmFeature, clockFeature], {})).toThrow(
    'alarm needs the service clock: list the feature that makes it earlier.',
  );
});

test('a name that two features make is an error', () => {
  const second = { ...clockFeature, name: 'second' };
  expect(() => makeServices([clockFeature, second], {})).toThrow(
    'second makes the service clock, which exists already.',
  );
  expect(() => mergeJobs([clockFeature, second], {})).toThrow('second names the task tick, which exists already.');
});
