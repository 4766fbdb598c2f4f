/** Anonymous operations with a token that is no longer valid: none of them is refused for it. */
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse } from 'graphql';
import { Nobody } from './harness/person';
import { PASSWORD, System } from './harness/system';

const system = new System();
const tokens: [string, string][] = [];
beforeAll(async () => {
  await system.start();
  const ended = await system.person('ended');
  await ended.does('Logout');
  const { secret } = await system.admin.does('CreateApiKey', { input: { name: 'old', permissions: ['READ'] } });
  tokens.push(['of an ended session', ended.token!], ['forged', 'forged'], ['of a key', `${secret}x`]);
});
afterAll(() => system[Symbol.asyncDispose]());

/** Root fields with the mark in the supergraph. */
const marked = parse(readFileSync(join(REPOSITORY, 'schema/supergraph.graphql'), 'utf8')).definitions.flatMap((type) =>
  type.kind === Kind.OBJECT_TYPE_DEFINITION
    ? (type.fields ?? [])
        .filter(({ directives }) => directives?.some(({ name }) => name.value === 'needsNoViewer'))
        .map(({ name }) => name.value)
    : [],
);

test('every anonymous operation has the mark', () => {
  expect(marked.sort()).toEqual([
    'beginProviderLogin',
    'completeProviderLogin',
    'confirmEmail',
    'identityProviders',
    'login',
    'loginAsGuest',
    'refreshSession',
    'register',
    'requestPasswordReset',
    'resetPassword',
  ]);
});

test('register, login, refresh, guests and password resets work with any token', async () => {
  const ada = await system.person('ada');
  for (const [what, token] of tokens) {
    await using client = new Nobody(system.url, token);
    expect([what, (await client.asks('{ me { id } }')).errors[0].extensions.code]).toEqual([what, 'UNAUTHENTICATED']);
    const login = await client.does('Login', { input: { identifier: ada.username, password: PASSWORD } });
    expect(login.user.id).toBe(ada.id);
    const refreshed = await client.does('RefreshSession', { refreshToken: login.refreshToken });
    expect(refreshed.accessToken).toMatch(/^ey/);
    expect((await client.does('LoginAsGuest', { displayName: 'Guest' })).user.roles).toEqual(['GUEST']);
    const username = `new-${what.length}`;
    const input = { username, email: `${username}@example.org`, password: PASSWORD };
    expect((await client.does('Register', { input })).user.username).toBe(username);
    const request = `mutation { requestPasswordReset(email: "${ada.email}") }`;
    expect((await client.asks(request)).data).toEqual({ requestPasswordReset: true });
    for (const wrong of [
      `mutation { resetPassword(input: { token: "none", newPassword: "${PASSWORD}" }) }`,
      'mutation { confirmEmail(token: "none") }',
    ])
      expect((await client.asks(wrong)).errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect((await client.asks('{ identityProviders { id } }')).errors).toBeUndefined();
    const provider = 'mutation { beginProviderLogin(provider: "none", redirectUri: "https://x.example") { state } }';
    expect((await client.asks(provider)).errors[0].extensions.code).toBe('NOT_FOUND');
  }
});
