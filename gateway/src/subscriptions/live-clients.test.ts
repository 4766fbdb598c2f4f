/** Expiry of tokens while the gateway's clock jumps. */
import type { CutOff, LiveClient } from './live-client';
import { LiveClients } from './live-clients';

const HOUR_MS = 3_600_000;
const TICK_MS = 300;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function client(userId: string, lifetimeSeconds: number) {
  const cut: CutOff[] = [];
  const expiresAt = Math.floor(Date.now() / 1000) + lifetimeSeconds;
  const viewer = { id: userId, sessionId: userId, roles: [], permissions: [], expiresAt };
  return { cut, client: { viewer, onCutOff: (reason: CutOff) => cut.push(reason) } as unknown as LiveClient };
}

test('a token expires by the clock, also after the clock was an hour ahead for a while', () => {
  using clients = new LiveClients();
  const day = client('day', 86_400);
  clients.add(day.client);
  jest.setSystemTime(Date.now() + HOUR_MS);
  jest.advanceTimersByTime(TICK_MS);
  jest.setSystemTime(Date.now() - HOUR_MS);
  const minute = client('minute', 60);
  clients.add(minute.client);
  jest.advanceTimersByTime(59_000);
  expect([day.cut, minute.cut]).toEqual([[], []]);
  jest.advanceTimersByTime(2_000);
  expect([day.cut, minute.cut]).toEqual([[], ['expired']]);
  expect(clients.size).toBe(1);
});

test('a clock that is set ahead ends what has expired by it, and leaves the rest', () => {
  using clients = new LiveClients();
  const [minute, day] = [client('minute', 60), client('day', 86_400)];
  clients.add(minute.client);
  clients.add(day.client);
  jest.setSystemTime(Date.now() + HOUR_MS);
  jest.advanceTimersByTime(TICK_MS);
  expect([minute.cut, day.cut]).toEqual([['expired'], []]);
});
