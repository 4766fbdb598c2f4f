/** Logins at a certified OpenID Connect provider (the npm package oidc-provider) that runs in this test. */
import { Client } from 'pg';
import { PASSWORD, startIdentity, viewerOf, type IdentityUnderTest } from '../testing/identity-under-test';
import { providersVariable } from './provider-config';
import { CLIENT, type LoginProvider, REDIRECT_URI, startLoginProvider } from '../testing/login-provider';

let provider: LoginProvider;
let identity: IdentityUnderTest;

beforeAll(async () => {
  provider = await startLoginProvider();
  const { issuer } = provider;
  identity = await startIdentity({
    OIDC_PROVIDERS: JSON.stringify([
      {
        id: 'corp',
        name: 'Corp',
        issuer,
        ...CLIENT,
        roles: { claim: 'groups', map: { wardens: 'MODERATOR', chiefs: 'ADMIN' } },
      },
      { id: 'closed', name: 'Closed', issuer, ...CLIENT, createsAccounts: false },
      {
        id: 'plain',
        name: 'Plain OAuth 2',
        authorizationEndpoint: `${issuer}/auth`,
        tokenEndpoint: `${issuer}/token`,
        userEndpoint: `${issuer}/me`,
        ...CLIENT,
      },
      { id: 'away', name: 'Away', issuer: 'http://127.0.0.1:1', ...CLIENT },
    ]),
  });
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const BEGIN = `mutation ($provider: ID!, $redirectUri: String!) {
  beginProviderLogin(provider: $provider, redirectUri: $redirectUri) { authorizationUrl state }
}`;
const COMPLETE = `mutation ($input: CompleteProviderLoginInput!) {
  completeProviderLogin(input: $input) { accessToken refreshToken user { id username email displayName roles } }
}`;

async function begin(provider: string): Promise<{ authorizationUrl: string; state: string }> {
  const data = await identity.get<{ beginProviderLogin: { authorizationUrl: string; state: string } }>(BEGIN, {
    provider,
    redirectUri: REDIRECT_URI,
  });
  return data.beginProviderLogin;
}

const complete = (input: { provider: string; code: string; state: string; iss?: string }) =>
  identity.ask<{ completeProviderLogin: { accessToken: string; user: Record<string, unknown> } }>(COMPLETE, { input });

async function login(name: string, at = 'corp') {
  const { authorizationUrl } = await begin(at);
  return complete({ provider: at, ...(await provider.visit(name, authorizationUrl)) });
}

test('providers are listed for anonymous clients', async () => {
  const { identityProviders } = await identity.get<{ identityProviders: object[] }>(
    '{ identityProviders { id name } }',
  );
  expect(identityProviders).toContainEqual({ id: 'corp', name: 'Corp' });
});

test('the authorization request has PKCE, state and nonce', async () => {
  const { authorizationUrl, state } = await begin('corp');
  const { searchParams } = new URL(authorizationUrl);
  expect(searchParams.get('state')).toBe(state);
  expect(searchParams.get('code_challenge_method')).toBe('S256');
  expect(searchParams.get('nonce')).toMatch(/.{20,}/);
});

test('a new person gets an account, and the same account at the next login', async () => {
  provider.knows('grace', { name: 'Grace H.' });
  const { data } = await login('grace');
  expect(data.completeProviderLogin.user).toMatchObject({
    username: 'grace',
    email: 'grace@corp.example',
    displayName: 'Grace H.',
    roles: ['USER'],
  });
  const again = await login('grace');
  expect(again.data.completeProviderLogin.user['id']).toBe(data.completeProviderLogin.user['id']);
});

test('an account is linked by the verified address, and its earlier credentials end', async () => {
  const squatter = await identity.register('squatter');
  provider.knows('owner', { email: 'SQUATTER@example.org' });
  const { data } = await login('owner');
  expect(data.completeProviderLogin.user['id']).toBe(squatter.id);
  const refresh = 'mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }';
  expect((await identity.ask(refresh, { token: squatter.refreshToken })).error?.code).toBe('UNAUTHENTICATED');
  expect((await identity.login('squatter', PASSWORD)).error?.code).toBe('UNAUTHENTICATED');
});

test('an unverified address links nothing', async () => {
  const { id } = await identity.register('careful');
  provider.knows('liar', { email: 'careful@example.org', email_verified: false, preferred_username: 'careful' });
  const { data } = await login('liar');
  const { user } = data.completeProviderLogin;
  expect(user['id']).not.toBe(id);
  expect(user).toMatchObject({ email: null, username: expect.stringMatching(/^careful-/) });
});

test('roles follow the claim at every login', async () => {
  provider.knows('warden', { groups: ['wardens', 'others'] });
  const roles = async () => viewerOf((await login('warden')).data.completeProviderLogin.accessToken).roles;
  expect(await roles()).toEqual(['MODERATOR', 'USER']);
  provider.knows('warden', { groups: [] });
  expect(await roles()).toEqual(['USER']);
});

test('only the last administrator keeps the role against the claim', async () => {
  const roles = async (name: string) => viewerOf((await login(name)).data.completeProviderLogin.accessToken).roles;
  provider.knows('chief', { groups: ['chiefs'] });
  expect(await roles('chief')).toEqual(['ADMIN', 'USER']);
  provider.knows('chief', { groups: [] });
  expect(await roles('chief')).toEqual(['ADMIN', 'USER']);
  provider.knows('deputy', { groups: ['chiefs'] });
  expect(await roles('deputy')).toEqual(['ADMIN', 'USER']);
  expect(await roles('chief')).toEqual(['USER']);
});

test('an OAuth 2 provider without discovery works with configured endpoints', async () => {
  expect((await login('plain-person', 'plain')).data.completeProviderLogin.user).toMatchObject({
    username: 'plain-person',
  });
});

describe('refuses', () => {
  test('states that are forged, used, or from another provider', async () => {
    const { authorizationUrl } = await begin('corp');
    const { code, state } = await provider.visit('mallory', authorizationUrl);
    for (const input of [
      { provider: 'corp', code, state: 'made-up' },
      { provider: 'plain', code, state },
    ])
      expect((await complete(input)).error?.code).toBe('UNAUTHENTICATED');
    const iss = provider.issuer;
    expect((await complete({ provider: 'corp', code, state, iss })).error).toBeUndefined();
    expect((await complete({ provider: 'corp', code, state, iss })).error?.code).toBe('UNAUTHENTICATED');
  });

  test('a login with another nonce or code verifier', async () => {
    const client = new Client({ connectionString: identity.config.DATABASE_URL });
    await client.connect();
    for (const column of ['nonce', 'code_verifier']) {
      const { authorizationUrl } = await begin('corp');
      const asked = new URL(authorizationUrl).searchParams;
      expect(asked.get('code_challenge_method')).toBe('S256');
      const back = await provider.visit('replayed', authorizationUrl);
      await client.query(`update identity.provider_logins set ${column} = $1`, ['x'.repeat(43)]);
      const { error } = await complete({ provider: 'corp', ...back });
      expect(error?.code).toBe('UNAUTHENTICATED');
    }
    const { rowCount } = await client.query(
      `select 1 from identity.audit_acts where action = 'session.provider-login-refused' and details ->> 'provider' = 'corp'`,
    );
    await client.end();
    expect(rowCount).toBeGreaterThanOrEqual(2);
  });

  test('people with a deactivated account', async () => {
    const { data } = await login('sacked');
    const client = new Client({ connectionString: identity.config.DATABASE_URL });
    await client.connect();
    const { id } = data.completeProviderLogin.user;
    await client.query('update identity.users set deactivated_at = now() where id = $1', [id]);
    await client.end();
    expect((await login('sacked')).error?.code).toBe('UNAUTHENTICATED');
  });

  test("another person's code with one's own state", async () => {
    const { code, iss } = await provider.visit('victim', (await begin('corp')).authorizationUrl);
    const { state } = await begin('corp');
    const { error } = await complete({ provider: 'corp', code, state, iss });
    expect(error?.code).toBe('UNAUTHENTICATED');
  });

  test('unknown providers, bad addresses, providers that do not respond, and new people if accounts are not created', async () => {
    const ask = (provider: string, redirectUri: string) => identity.ask(BEGIN, { provider, redirectUri });
    expect((await ask('nobody', REDIRECT_URI)).error?.code).toBe('NOT_FOUND');
    expect((await ask('corp', 'not an address')).error?.fields).toHaveProperty('redirectUri');
    expect((await ask('away', REDIRECT_URI)).error?.code).toBe('SERVICE_UNAVAILABLE');
    expect((await login('stranger', 'closed')).error?.code).toBe('FORBIDDEN');
  });
});

describe('providers with their own variants', () => {
  const providers: LoginProvider[] = [];
  let other: IdentityUnderTest;

  beforeAll(async () => {
    providers.push(
      await startLoginProvider({ hasUserInfo: false }),
      await startLoginProvider({ authMethods: ['client_secret_basic'] }),
      await startLoginProvider({ authMethods: ['client_secret_post'] }),
      await startLoginProvider({ issuer: 'http://localhost:1/another' }),
      await startLoginProvider({ promisesIss: false }),
    );
    const ids = ['tokens-only', 'basic-only', 'post-only', 'other-name', 'no-promise'];
    other = await startIdentity({
      OIDC_PROVIDERS: JSON.stringify([
        ...ids.map((id, index) => ({ id, name: id, issuer: providers[index]!.issuer, ...CLIENT })),
        { id: 'strict', name: 'Strict', issuer: providers[4]!.issuer, ...CLIENT, requiresIss: true },
        { id: 'waived', name: 'Waived', issuer: providers[1]!.issuer, ...CLIENT, requiresIss: false },
      ]),
    });
  });
  afterAll(async () => {
    await other[Symbol.asyncDispose]();
    for (const one of providers) await one[Symbol.asyncDispose]();
  });

  const start = (at: string) =>
    other.ask<{ beginProviderLogin: { authorizationUrl: string } }>(BEGIN, { provider: at, redirectUri: REDIRECT_URI });
  const end = (input: object) =>
    other.ask<{ completeProviderLogin: { user: Record<string, unknown> } }>(COMPLETE, { input });
  async function visit(at: string, by: LoginProvider, name: string) {
    return by.visit(name, (await start(at)).data.beginProviderLogin.authorizationUrl);
  }

  test.each([
    ['tokens-only', 0],
    ['basic-only', 1],
    ['post-only', 2],
  ] as const)('%s', async (at, index) => {
    const { data, error } = await end({ provider: at, ...(await visit(at, providers[index]!, `from-${at}`)) });
    expect(error).toBeUndefined();
    expect(data.completeProviderLogin.user).toMatchObject({
      username: `from-${at}`,
      email: `from-${at}@corp.example`,
    });
  });

  test.each([
    ['true', true],
    ['True', true],
    ['false', false],
    ['', false],
  ])('an address that is verified as %j, a text, links: %s', async (text, isLinked) => {
    const { id, username } = await other.register(`text-0${Buffer.from(text).toString('hex')}`);
    providers[1]!.knows(`of-${username}`, { email: `${username}@example.org`, email_verified: text });
    const { data } = await end({
      provider: 'basic-only',
      ...(await visit('basic-only', providers[1]!, `of-${username}`)),
    });
    expect(data.completeProviderLogin.user['id'] === id).toBe(isLinked);
  });

  test('an issuer mismatch is reported as such', async () => {
    const { error } = await start('other-name');
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('issuer') });
    expect(error!.message).not.toContain('does not answer');
  });

  test.each([
    ['basic-only', 'promises it', 1, false],
    ['no-promise', 'does not promise it', 4, true],
    ['strict', 'does not promise it, but the configuration requires it', 4, false],
    ['waived', 'promises it, but the configuration waives it', 1, true],
  ] as const)('%s: iss is compared; the provider %s', async (at, _case, index, mayLack) => {
    const issuer = providers[index]!;
    const outcome = async (name: string, change: { iss?: string | null | undefined }) => {
      const back = await visit(at, issuer, `${name}-at-${at}`);
      expect(back.iss).toBe(issuer.issuer);
      return (await end({ provider: at, ...back, ...change })).error?.code;
    };
    expect(await outcome('honest', {})).toBeUndefined();
    expect(await outcome('mixed-up', { iss: 'https://evil.example' })).toBe('UNAUTHENTICATED');
    for (const iss of [undefined, null])
      expect(await outcome(`silent-${String(iss)}`, { iss })).toBe(mayLack ? undefined : 'UNAUTHENTICATED');
  });

  test('an issuer can be required only if there is one to compare with', () => {
    const endpoints = Object.fromEntries(
      ['authorizationEndpoint', 'tokenEndpoint', 'userEndpoint'].map((name) => [name, 'https://forge.example/']),
    );
    const parse = (more: object) =>
      providersVariable().safeParse(JSON.stringify([{ id: 'forge', name: 'Forge', ...endpoints, ...CLIENT, ...more }]));
    expect(parse({}).success).toBe(true);
    expect(parse({ requiresIss: true }).error?.message).toContain('needs an issuer to compare with');
  });
});
