/** Invalid tokens: expired, forged, revoked. The request is refused; it never counts as anonymous. */
import { presenceIsSeen } from '../harness/beginnings';
import { decode, type JwtPayload, type Secret, sign, type SignOptions } from 'jsonwebtoken';
import { generateKeyPairSync } from 'node:crypto';
import { Nobody, type Person } from '../harness/person';
import { PASSWORD, type System } from '../harness/system';

/** The key of the system under test, for tokens with exactly one fault. */
export const SECRET_KEY = 'a secret of the conformance tests, 32 characters';

export function tokens(system: System): void {
  let ada: Person;
  let claims: JwtPayload;
  beforeAll(async () => {
    ada = await system.person('ada');
    claims = decode(ada.token!) as JwtPayload;
  });

  /** A token of `ada` with other claims, another key or another algorithm. */
  const forge = (other: object = {}, key: Secret = SECRET_KEY, options: SignOptions = {}) =>
    sign({ ...claims, ...other }, key, options);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = () => Math.floor(Date.now() / 1000);

  test('a token made in the same way is valid, so each of the following is refused for its own reason', async () => {
    await using same = new Nobody(system.url, forge());
    expect((await same.does('Me')).id).toBe(ada.id);
  });

  const wrong: Record<string, () => string> = {
    'has ended': () => forge({ iat: now() - 100, exp: now() - 1 }),
    'never ends': () => {
      const { exp: _exp, ...endless } = claims;
      return sign(endless, SECRET_KEY);
    },
    'is signed with another key': () => forge({}, 'another secret, just as long as the right one'),
    'is signed with no algorithm': () => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`,
    'claims no algorithm but keeps its signature': () =>
      [part({ alg: 'none', typ: 'JWT' }), ...ada.token!.split('.').slice(1)].join('.'),
    'is signed with another algorithm': () => forge({}, SECRET_KEY, { algorithm: 'HS512' }),
    'is signed with a key pair': () =>
      forge({}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, { algorithm: 'RS256' }),
    'was changed after it was signed': () => {
      const [header, , signature] = ada.token!.split('.');
      return [header, part({ ...claims, roles: ['ADMIN'], permissions: ['MANAGE'] }), signature].join('.');
    },
    'is for another use': () => forge({ aud: 'refresh' }),
    'is from another issuer': () => forge({ iss: 'somewhere-else' }),
    'is a refresh token': () => ada.refreshToken,
    'is no token': () => 'violet.tractor.gymnast',
    'is long': () => 'x'.repeat(5000),
  };
  test.each(Object.keys(wrong))('one that %s is refused, over HTTP and over WebSocket', async (name) => {
    await using forger = new Nobody(system.url, wrong[name]!());
    // Even if no login is needed: the client must learn that its token is invalid.
    for (const operation of ['Me', 'FeatureFlags'])
      expect((await forger.isRefused(operation)).code).toBe('UNAUTHENTICATED');
    await (await forger.follows('PresenceChanged', { userIds: [ada.id] })).ends();
  });

  test('a viewer header from outside is ignored', async () => {
    const viewer = part({ id: system.admin.id, roles: ['ADMIN'], permissions: ['MANAGE'] });
    const response = await fetch(system.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-viewer': viewer, 'x-authorize-only': '1' },
      body: JSON.stringify({ query: '{ me { id } }' }),
    });
    expect(((await response.json()) as { errors: [{ extensions: object }] }).errors[0].extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('deactivation ends the tokens and subscriptions of an account at once, and prevents logins', async () => {
    const rex = await system.person('rex');
    const watch = await rex.follows('PresenceChanged', { userIds: [ada.id] });
    await presenceIsSeen(watch, ada);
    await system.admin.asks('mutation ($id: ID!) { deactivateUser(id: $id) { id } }', { id: rex.id });
    expect((await rex.isRefused('Me')).code).toBe('UNAUTHENTICATED');
    await watch.ends();
    const { refreshToken, username: identifier } = rex;
    expect((await system.nobody.isRefused('RefreshSession', { refreshToken })).code).toBe('UNAUTHENTICATED');
    const login = { input: { identifier, password: PASSWORD } };
    expect((await system.nobody.isRefused('Login', login)).code).toBe('UNAUTHENTICATED');
  });
}
