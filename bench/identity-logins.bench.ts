/**
 * The latency of a light query (`{ me { id } }`) while others log in, at a dedicated identity process over real PostgreSQL
 * and Redis: without logins and with 20 at a time, at the default cost of bcrypt.
 * Also compares the duration of refused logins, which must not reveal if an account exists.
 */
import { CORRELATION_HEADER } from '@chat/kit/logging';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { Viewer } from '@chat/kit/auth/viewer';
import { startTestServices } from '@chat/kit/testing/services';
import { TestProcess } from '@chat/kit/testing/test-process';
import { setTimeout as pause } from 'node:timers/promises';
import { numberOptions } from './harness/options';
import { CELLS, heading, spread, table, type Figures } from './harness/report';
import { interleave } from './harness/rounds';

const SECRET_KEY = 'a secret key that only benchmarks have';
const PASSWORD = 'violet tractor gymnast';
const REGISTER = `mutation ($input: RegisterInput!) { register(input: $input) { user { id } } }`;
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { accessToken } }`;
const MEASURES = { p50: 'p50, ms', p99: 'p99, ms', requests: 'requests/s' };

async function main(): Promise<void> {
  const { rounds, seconds, logins, rate } = numberOptions({ rounds: 4, seconds: 8, logins: 20, rate: 200 });
  await using services = await startTestServices();
  await using identity = new TestProcess({
    args: ['subgraphs/identity/src/main.ts'],
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: services.postgres.url,
      REDIS_URL: services.redis.url,
      SECRET_KEY,
      LOG_LEVEL: 'info',
      LOGIN_ATTEMPTS_PER_ADDRESS: '1000000',
    },
  });
  const [, url] = await identity.waitFor(/"url":"([^"]+)","msg":"listening"/);
  await identity.waitFor(/"msg":"ready"/);

  const header = new ViewerHeader(SECRET_KEY);
  const ask = async <Data>(viewer: Viewer | null, query: string, variables?: object): Promise<Data> => {
    const response = await fetch(url!, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [VIEWER_HEADER]: header.sign(viewer),
        [CORRELATION_HEADER]: 'bench',
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] };
    if (errors) throw new Error(errors[0]!.message);
    return data;
  };
  const register = (name: string) =>
    ask<{ register: { user: { id: string } } }>(null, REGISTER, {
      input: { username: name, email: `${name}@example.org`, password: PASSWORD },
    });
  const people = Array.from({ length: logins }, (_, index) => `person-${index}`);
  const [first] = await Promise.all(people.map(register));
  const { id } = first!.register.user;
  const viewer = { id, sessionId: id, roles: ['USER'], permissions: ['READ'], expiresAt: Date.now() / 1000 + 86_400 };

  const loginRates: string[] = [];
  const measure = async ({ parallel }: { name: string; parallel: number }): Promise<Figures<keyof typeof MEASURES>> => {
    let isOver = false;
    let loggedIn = 0;
    const busy = people.slice(0, parallel).map(async (identifier) => {
      for (; !isOver; loggedIn++) await ask(null, LOGIN, { input: { identifier, password: PASSWORD } });
    });
    const took = await steadily(rate, seconds, () => ask(viewer, '{ me { id } }'));
    isOver = true;
    if (parallel > 0) loginRates.push((loggedIn / seconds).toFixed(1));
    await Promise.all(busy);
    const sorted = took.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
    return { p50: at(0.5), p99: at(0.99), requests: took.length / seconds };
  };
  await steadily(rate, 2, () => ask(viewer, '{ me { id } }')); // warms up
  const candidates = [
    { name: `with ${logins} logins at a time`, parallel: logins },
    { name: 'without', parallel: 0 },
  ];
  const figures = await interleave(candidates, rounds, measure);
  const how =
    `${rounds} interleaved rounds of ${seconds} s with ${rate} light queries a second, sent on schedule ` +
    'even if earlier ones are unanswered. Everything shares all processors, including the load.';
  const names = candidates.map(({ name }) => name);
  const title = heading('identity: a light query while others log in', how);
  process.stdout.write(`${title}\n${table(names, MEASURES, figures)}\n${CELLS}`);
  process.stdout.write(`Logins a second meanwhile: ${loginRates.join(', ')}.\n`);

  const refused = async (identifier: string): Promise<number> => {
    const began = performance.now();
    await ask(null, LOGIN, { input: { identifier, password: 'not the password' } }).catch(() => undefined);
    return performance.now() - began;
  };
  const took: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  // Each account once, so that none is locked.
  for (const [index, name] of people.entries()) {
    took.known.push(await refused(name));
    took.unknown.push(await refused(`nobody-${index}`));
  }
  const ratio = took.known.map((known, index) => known / took.unknown[index]!);
  process.stdout.write(
    `A refused login, ms (minimum, **median**, maximum): of a known account ${spread(took.known)}; of an unknown one ${spread(took.unknown)}; ratio ${spread(ratio)}.\n`,
  );
}

/** Sends `rate` requests a second. @returns the latency of each from its due time, in milliseconds */
async function steadily(rate: number, seconds: number, send: () => Promise<unknown>): Promise<number[]> {
  const began = performance.now();
  const took: Promise<number>[] = [];
  for (let index = 0; index < rate * seconds; index++) {
    const due = began + (index * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await pause(wait);
    took.push(send().then(() => performance.now() - due));
  }
  return Promise.all(took);
}

void main();
