/** Logging in through a certified OpenID Connect provider (the npm package oidc-provider) that runs in this test. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { Client } from 'pg';
import { PASSWORD, startIdentity, viewerOf, type IdentityUnderTest } from '../testing/identity-under-test';

const REDIRECT_URI = 'http://127.0.0.1:4999/callback';

interface Person {
  sub: string;
  email: string;
  email_verified: boolean;
  preferred_username: string;
  name: string;
  groups: string[];
}
const people = new Map<string, Person>();
const person = (sub: string, values: Partial<Person> = {}) => {
  const email = `${sub}@corp.example`;
  people.set(sub, { sub, email, email_verified: true, preferred_username: sub, name: sub, groups: [], ...values });
};

let server: Server;
let identity: IdentityUnderTest;
/** Who answers the provider's login page. */
let visitor = '';

beforeAll(async () => {
  // The provider says at length that its keys and its store are for development.
  jest.spyOn(console, 'warn').mockImplementation();
  jest.spyOn(console, 'info').mockImplementation();
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'chat', client_secret: 'chat-secret', redirect_uris: [REDIRECT_URI] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username', 'name', 'groups'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => Promise.resolve({ ...people.get(sub)! }) }),
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client!.clientId, accountId: oidc.session!.accountId! });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
    cookies: { keys: ['only for tests'] },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url!.startsWith('/interaction/'))
      void provider.interactionFinished(request, response, { login: { accountId: visitor } });
    else void answer(request, response);
  });
  const common = { clientId: 'chat', clientSecret: 'chat-secret' };
  identity = await startIdentity({
    OIDC_PROVIDERS: JSON.stringify([
      {
        id: 'corp',
        name: 'Corp',
        issuer,
        ...common,
        roles: { claim: 'groups', map: { wardens: 'MODERATOR', chiefs: 'ADMIN' } },
      },
      { id: 'closed', name: 'Closed', issuer, ...common, createsAccounts: false },
      {
        id: 'plain',
        name: 'Plain OAuth 2',
        authorizationEndpoint: `${issuer}/auth`,
        tokenEndpoint: `${issuer}/token`,
        userEndpoint: `${issuer}/me`,
        ...common,
      },
      { id: 'away', name: 'Away', issuer: 'http://127.0.0.1:1', ...common },
    ]),
  });
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
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

/** Goes through the provider's pages as a browser does, until it sends us back. */
async function visit(url: string): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  for (let next = url; ;) {
    if (next.startsWith(REDIRECT_URI)) return new URL(next).searchParams;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      cookies.set(name!, value!);
    }
    const location = response.headers.get('location');
    if (!location) throw new Error(`${response.status} ${await response.text()}`);
    next = new URL(location, next).href;
  }
}

const complete = (input: { provider: string; code: string | null; state: string | null }) =>
  identity.ask<{ completeProviderLogin: { accessToken: string; user: Record<string, unknown> } }>(COMPLETE, { input });

async function login(sub: string, provider = 'corp') {
  visitor = sub;
  const { authorizationUrl } = await begin(provider);
  const back = await visit(authorizationUrl);
  return complete({ provider, code: back.get('code'), state: back.get('state') });
}

test('providers are listed for everybody', async () => {
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

test('a new person gets an account, and the same one at the next login', async () => {
  person('grace', { name: 'Grace H.' });
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

test('an account is linked by the address that the provider has verified, and whoever made it before is out', async () => {
  const squatter = await identity.register('squatter');
  person('owner', { email: 'SQUATTER@example.org' });
  const { data } = await login('owner');
  expect(data.completeProviderLogin.user['id']).toBe(squatter.id);
  const refresh = 'mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }';
  expect((await identity.ask(refresh, { token: squatter.refreshToken })).error?.code).toBe('UNAUTHENTICATED');
  const input = { identifier: 'squatter', password: PASSWORD };
  const password = await identity.ask('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', {
    input,
  });
  expect(password.error?.code).toBe('UNAUTHENTICATED');
});

test('an address that is not verified links nothing', async () => {
  const { id } = await identity.register('careful');
  person('liar', { email: 'careful@example.org', email_verified: false, preferred_username: 'careful' });
  const { data } = await login('liar');
  const { user } = data.completeProviderLogin;
  expect(user['id']).not.toBe(id);
  expect(user).toMatchObject({ email: null, username: expect.stringMatching(/^careful-/) });
});

test('roles follow the claim at every login', async () => {
  person('warden', { groups: ['wardens', 'others'] });
  const roles = async () => viewerOf((await login('warden')).data.completeProviderLogin.accessToken).roles;
  expect(await roles()).toEqual(['MODERATOR', 'USER']);
  people.get('warden')!.groups = [];
  expect(await roles()).toEqual(['USER']);
});

test('the last administrator stays one, whatever the claim says, and only the last', async () => {
  const roles = async (name: string) => viewerOf((await login(name)).data.completeProviderLogin.accessToken).roles;
  person('chief', { groups: ['chiefs'] });
  expect(await roles('chief')).toEqual(['ADMIN', 'USER']);
  people.get('chief')!.groups = [];
  expect(await roles('chief')).toEqual(['ADMIN', 'USER']);
  person('deputy', { groups: ['chiefs'] });
  expect(await roles('deputy')).toEqual(['ADMIN', 'USER']);
  expect(await roles('chief')).toEqual(['USER']);
});

test('an OAuth 2 provider without discovery works by its endpoints', async () => {
  person('plain-person');
  expect((await login('plain-person', 'plain')).data.completeProviderLogin.user).toMatchObject({
    username: 'plain-person',
  });
});

describe('refuses', () => {
  test('states that were made up, used before, or begun with another provider', async () => {
    person('mallory');
    visitor = 'mallory';
    const { authorizationUrl } = await begin('corp');
    const back = await visit(authorizationUrl);
    const code = back.get('code');
    const state = back.get('state');
    for (const input of [
      { provider: 'corp', code, state: 'made-up' },
      { provider: 'plain', code, state },
    ])
      expect((await complete(input)).error?.code).toBe('UNAUTHENTICATED');
    expect((await complete({ provider: 'corp', code, state })).error).toBeUndefined();
    expect((await complete({ provider: 'corp', code, state })).error?.code).toBe('UNAUTHENTICATED');
  });

  test('what was begun with another nonce or another code verifier', async () => {
    person('replayed');
    visitor = 'replayed';
    const client = new Client({ connectionString: identity.config.DATABASE_URL });
    await client.connect();
    for (const column of ['nonce', 'code_verifier']) {
      const { authorizationUrl } = await begin('corp');
      const asked = new URL(authorizationUrl).searchParams;
      expect(asked.get('code_challenge_method')).toBe('S256');
      const back = await visit(authorizationUrl);
      await client.query(`update identity.provider_logins set ${column} = $1`, ['x'.repeat(43)]);
      const { error } = await complete({ provider: 'corp', code: back.get('code'), state: back.get('state') });
      expect(error?.code).toBe('UNAUTHENTICATED');
    }
    const { rowCount } = await client.query(
      `select 1 from identity.audit_acts where action = 'session.provider-login-refused' and details ->> 'provider' = 'corp'`,
    );
    await client.end();
    expect(rowCount).toBeGreaterThanOrEqual(2);
  });

  test('whose account is deactivated', async () => {
    person('sacked');
    const { data } = await login('sacked');
    const client = new Client({ connectionString: identity.config.DATABASE_URL });
    await client.connect();
    const { id } = data.completeProviderLogin.user;
    await client.query('update identity.users set deactivated_at = now() where id = $1', [id]);
    await client.end();
    expect((await login('sacked')).error?.code).toBe('UNAUTHENTICATED');
  });

  test("somebody else's code with one's own state", async () => {
    person('victim');
    visitor = 'victim';
    const stolen = await visit((await begin('corp')).authorizationUrl);
    const { state } = await begin('corp');
    const { error } = await complete({ provider: 'corp', code: stolen.get('code'), state });
    expect(error?.code).toBe('UNAUTHENTICATED');
  });

  test('unknown providers, bad addresses, providers that are away, and strangers where none are wanted', async () => {
    const ask = (provider: string, redirectUri: string) => identity.ask(BEGIN, { provider, redirectUri });
    expect((await ask('nobody', REDIRECT_URI)).error?.code).toBe('NOT_FOUND');
    expect((await ask('corp', 'not an address')).error?.fields).toHaveProperty('redirectUri');
    expect((await ask('away', REDIRECT_URI)).error?.code).toBe('SERVICE_UNAVAILABLE');
    person('stranger');
    expect((await login('stranger', 'closed')).error?.code).toBe('FORBIDDEN');
  });
});
