/** Accepted and refused tokens share one set-up, so that a refusal cannot pass by accident. */
import { generateKeyPairSync } from 'node:crypto';
import { sign, type SignOptions } from 'jsonwebtoken';
import { IdentityDownError } from '@chat/identity-client/sessions/introspection';
import type { Viewer } from '@chat/kit/auth/viewer';
import { createLogger } from '@chat/kit/logging';
import { Authenticator, bearerToken } from './authenticator';
import { findEnded, OutagePoller } from './outage-poller';

const SECRET = 'a secret that is long enough for tests';
const CLAIMS = { sid: 's1', roles: ['USER'], permissions: ['READ', 'WRITE'] };

function token(claims: object = CLAIMS, options: SignOptions = {}, key = SECRET): string {
  const usual: SignOptions = {
    subject: 'u1',
    issuer: 'chat-system',
    audience: 'access',
    expiresIn: 60,
    algorithm: 'HS256',
  };
  return sign(claims, key, { ...usual, ...options });
}

const revoked = new Set<string>();
const key: Viewer = { id: 'u2', sessionId: 'key-1', roles: [], permissions: [], expiresAt: 4_000_000_000 };
const authenticator = new Authenticator({
  secret: SECRET,
  revocations: { isCurrent: true, isRevoked: ({ sessionId }) => revoked.has(sessionId) },
  introspect: async (text) => (text === 'opaque-key' ? key : null),
});

test('a valid token yields its viewer, on first use and from the cache', async () => {
  const text = token();
  const viewer = { id: 'u1', sessionId: 's1', roles: ['USER'], permissions: ['READ', 'WRITE'] };
  expect(await authenticator.authenticate(text)).toMatchObject(viewer);
  expect(await authenticator.authenticate(text)).toMatchObject(viewer);
});

test('a token of a fallback secret is valid, and only until it expires', async () => {
  const during = new Authenticator({ secret: ['the new secret of this installation', SECRET] });
  expect(await during.authenticate(token())).toMatchObject({ id: 'u1' });
  await expect(during.authenticate(token({}, { expiresIn: -1 }))).rejects.toThrow('has expired');
  const after = new Authenticator({ secret: 'the new secret of this installation' });
  await expect(after.authenticate(token())).rejects.toThrow('is not valid');
});

test('a missing token yields no viewer', async () => {
  expect(await authenticator.authenticate(undefined)).toBeNull();
});

test.each([
  ['another key', () => token(CLAIMS, {}, 'another secret that is long enough')],
  ['another issuer', () => token(CLAIMS, { issuer: 'somebody' })],
  ['another audience', () => token(CLAIMS, { audience: 'refresh' })],
  ['an expired one', () => token(CLAIMS, { expiresIn: -1 })],
  ['no algorithm', () => sign({ ...CLAIMS, sub: 'u1', iss: 'chat-system', aud: 'access' }, '', { algorithm: 'none' })],
  ['another algorithm', () => token(CLAIMS, { algorithm: 'HS512' })],
  [
    'an asymmetric algorithm',
    () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      return sign(CLAIMS, privateKey, { subject: 'u1', issuer: 'chat-system', audience: 'access', algorithm: 'RS256' });
    },
  ],
  ['no session', () => token({ roles: [], permissions: [] })],
  ['roles that are no names', () => token({ ...CLAIMS, roles: [{}] })],
  ['one that never ends', () => sign(CLAIMS, SECRET, { subject: 'u1', issuer: 'chat-system', audience: 'access' })],
  ['a changed payload', () => token().replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"u2"}').toString('base64url')}.`)],
  ['an endless one', () => `${token()}${'x'.repeat(10_000)}`],
  ['an unknown key', () => 'opaque-other'],
])('%s is refused', async (_what, make) => {
  await expect(authenticator.authenticate(make())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a revoked session is refused at once, even if its token is cached', async () => {
  const text = token({ ...CLAIMS, sid: 's2' });
  expect(await authenticator.authenticate(text)).toMatchObject({ sessionId: 's2' });
  revoked.add('s2');
  await expect(authenticator.authenticate(text)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('an API key yields the viewer from introspection', async () => {
  expect(await authenticator.authenticate('opaque-key')).toBe(key);
});

describe('while revocations may be missed', () => {
  const now: Viewer = { id: 'u1', sessionId: 's1', roles: ['GUEST'], permissions: [], expiresAt: 4_000_000_000 };
  const revocations = { isCurrent: false, isRevoked: () => false };
  const introspect = jest.fn<Promise<Viewer | null>, [string]>();
  const unsure = () => new Authenticator({ secret: SECRET, revocations, introspect });
  beforeEach(() => {
    revocations.isCurrent = false;
    introspect.mockReset();
  });

  test('tokens are introspected, and concurrent requests share one introspection', async () => {
    introspect.mockImplementation(async () => now);
    const authenticator = unsure();
    const text = token();
    const viewers = await Promise.all([1, 2, 3].map(() => authenticator.authenticate(text)));
    expect(viewers).toEqual([now, now, now]);
    expect(await authenticator.authenticate(text)).toBe(now);
    expect(introspect.mock.calls).toEqual([[text]]);
    expect(authenticator.isFresh(now)).toBe(true);
  });

  test('an ended session is refused, and a forged or expired token without introspection', async () => {
    introspect.mockImplementation(async () => null);
    await expect(unsure().authenticate(token())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    for (const wrong of [token(CLAIMS, {}, 'another secret that is long enough'), token(CLAIMS, { expiresIn: -1 })]) {
      await expect(unsure().authenticate(wrong)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    expect(introspect).toHaveBeenCalledTimes(1);
  });

  test('a token is refused if introspection fails, and a cached token is introspected again', async () => {
    introspect.mockRejectedValue(new Error('away'));
    const authenticator = unsure();
    const text = token();
    revocations.isCurrent = true;
    expect(await authenticator.authenticate(text)).toMatchObject({ roles: ['USER'] });
    revocations.isCurrent = false;
    await expect(authenticator.authenticate(text)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    introspect.mockImplementation(async () => now);
    expect(await authenticator.authenticate(text)).toBe(now); // the error was not cached
  });

  test('an older introspection result expires soon', async () => {
    introspect.mockImplementation(async () => now);
    const authenticator = unsure();
    revocations.isCurrent = true;
    jest.useFakeTimers();
    await authenticator.authenticate('opaque-key');
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await authenticator.authenticate('opaque-key')).toBe(now);
    expect(introspect).toHaveBeenCalledTimes(1);
    revocations.isCurrent = false;
    introspect.mockImplementation(async () => null);
    await expect(authenticator.authenticate('opaque-key')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    jest.useRealTimers();
  });

  test('tokens are introspected if identity has not confirmed its publications recently, even if Redis responds', async () => {
    let isIdentityHeard = true;
    const isCurrent = { isCurrent: true, isRevoked: () => false };
    introspect.mockImplementation(async () => null);
    const authenticator = new Authenticator({
      secret: SECRET,
      revocations: isCurrent,
      identityHeardMs: () => (isIdentityHeard ? 600 : 0),
      introspect,
    });
    expect(await authenticator.authenticate(token())).toMatchObject({ sessionId: 's1' });
    isIdentityHeard = false;
    await expect(authenticator.authenticate(token())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a token is valid if identity is down, but not if identity hangs', async () => {
    const heard = { isCurrent: true, isRevoked: () => false };
    const line = { secret: SECRET, revocations: heard, identityHeardMs: () => 0, introspect };
    introspect.mockRejectedValue(new IdentityDownError('refused'));
    expect(await new Authenticator(line).authenticate(token())).toMatchObject({ sessionId: 's1' });
    const unheard = { ...line, revocations: { isCurrent: false, isRevoked: () => false } };
    await expect(new Authenticator(unheard).authenticate(token())).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    introspect.mockRejectedValue(new Error('a deadline has passed'));
    await expect(new Authenticator(line).authenticate(token())).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  test('without introspection, tokens are valid by themselves', async () => {
    const alone = new Authenticator({ secret: SECRET, revocations });
    expect(await alone.authenticate(token())).toMatchObject({ sessionId: 's1' });
  });
});

test('while revocations may be missed, identity is polled for ended sessions', async () => {
  jest.useFakeTimers();
  let isDisconnected = false;
  const sessionIds = Array.from({ length: 5_001 }, (_, number) => `s${number}`);
  const endedSessions = jest.fn<Promise<string[]>, [readonly string[]]>(async () => []);
  const ended: string[] = [];
  const onEnded = (sessionId: string) => void ended.push(sessionId);
  const log = createLogger('test', 'silent');
  const poll = () => findEnded(sessionIds, endedSessions, onEnded);
  const poller = new OutagePoller({
    connectedMs: () => (isDisconnected ? 0 : Infinity),
    poll,
    pauseMs: () => 400,
    log,
  });
  await jest.advanceTimersByTimeAsync(1_000);
  expect(endedSessions).not.toHaveBeenCalled();
  isDisconnected = true;
  endedSessions.mockRejectedValueOnce(new Error('away'));
  await jest.advanceTimersByTimeAsync(300); // the first poll is immediate
  expect(endedSessions).toHaveBeenCalledTimes(1);
  endedSessions.mockImplementation(async (ids) => ids.filter((id) => id === 's0' || id === 's5000'));
  await jest.advanceTimersByTimeAsync(300);
  expect(endedSessions.mock.calls.map(([ids]) => ids.length)).toEqual([5_000, 5_000, 1]);
  expect(ended).toEqual(['s0', 's5000']);
  poller[Symbol.dispose]();
  await jest.advanceTimersByTimeAsync(2_000);
  expect(endedSessions).toHaveBeenCalledTimes(3);
  jest.useRealTimers();
});

test('polls that fail are logged once if they fail for ten seconds, and not during a start', async () => {
  jest.useFakeTimers();
  const log = createLogger('test', 'silent');
  const warn = jest.spyOn(log, 'warn');
  const poll = jest.fn(() => Promise.reject(new Error('away')));
  using _poller = new OutagePoller({ connectedMs: () => 0, poll, log });
  await jest.advanceTimersByTimeAsync(9_000);
  expect(warn).not.toHaveBeenCalled();
  poll.mockImplementationOnce(() => Promise.resolve() as never);
  await jest.advanceTimersByTimeAsync(9_000);
  expect(warn).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(20_000);
  expect(warn).toHaveBeenCalledTimes(1);
  jest.useRealTimers();
});

test('without a secret, every token is ignored', async () => {
  expect(await new Authenticator({}).authenticate(token())).toBeNull();
});

test('only the Bearer scheme is accepted', () => {
  expect(bearerToken('Bearer abc')).toBe('abc');
  expect(bearerToken(undefined)).toBeUndefined();
  for (const header of ['Basic abc', 'Bearer', 'Bearer a b']) expect(() => bearerToken(header)).toThrow();
});
