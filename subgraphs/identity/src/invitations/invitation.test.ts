/** Invitations and accounts by administrators: what works, and what is refused, on an installation with registration off. */
import { eventually } from '@chat/kit/testing/eventually';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { administratorOf } from '../testing/administrator';
import { PASSWORD, startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let admin: Login;
let dataDir: string;
let known = 0;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chat-invitation-'));
  identity = await startIdentity({
    DATA_DIR: dataDir,
    PUBLIC_URL: 'https://chat.example/',
    REGISTRATION_ENABLED: 'false',
  });
  admin = await administratorOf(identity);
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

interface Created {
  token: string;
  url: string;
  invitation: { id: string; role: string; maxUses: number; uses: number; status: string; expiresAt: string };
}
const CREATE = `mutation ($input: CreateInvitationInput!) {
  createInvitation(input: $input) { token url invitation { id role email maxUses uses status expiresAt createdBy { id } } } }`;
const invite = async (input: object = {}): Promise<Created> =>
  (await identity.get<{ createInvitation: Created }>(CREATE, { input }, admin.accessToken)).createInvitation;

const REGISTER = `mutation ($input: RegisterInput!) {
  register(input: $input) { accessToken user { id roles email isEmailVerified } } }`;
interface Registered {
  register: { accessToken: string; user: { id: string; roles: string[]; isEmailVerified: boolean } };
}
const register = (invitation?: string, given: object = {}) => {
  const username = `invited-${++known}`;
  const input = { username, email: `${username}@example.org`, password: PASSWORD, invitation, ...given };
  return identity.ask<Registered>(REGISTER, { input });
};

const LIST = `query ($first: Int, $after: String) { invitations(first: $first, after: $after) {
  edges { node { id status uses createdBy { username } } } pageInfo { endCursor hasNextPage } } }`;
interface Listed {
  invitations: {
    edges: { node: { id: string; status: string; uses: number; createdBy: { username: string } } }[];
    pageInfo: { endCursor: string; hasNextPage: boolean };
  };
}
const statusOf = async (id: string) => {
  const { invitations } = await identity.get<Listed>(LIST, { first: 100 }, admin.accessToken);
  const { node } = invitations.edges.find((edge) => edge.node.id === id)!;
  return { status: node.status, uses: node.uses };
};

async function mailTo(address: string): Promise<string> {
  const folder = join(dataDir, 'mail');
  return eventually(async () => {
    for (const name of await readdir(folder)) {
      const mail = (await readFile(join(folder, name), 'utf8')).replace(/=\r?\n/g, '').replaceAll('=3D', '=');
      if (mail.includes(`To: ${address}`)) return mail;
    }
    throw new Error(`no mail to ${address} yet`);
  }, `a mail to ${address}`);
}

async function rows<Row>(sql: string): Promise<Row[]> {
  const client = new Client(identity.config.DATABASE_URL);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

test('a link admits one account, even if registration is off', async () => {
  expect((await register()).error).toMatchObject({ code: 'FORBIDDEN' });
  const { token, url, invitation } = await invite();
  expect(url).toBe(`https://chat.example/register?invitation=${token}`);
  expect(invitation).toMatchObject({ role: 'USER', maxUses: 1, uses: 0, status: 'OPEN', createdBy: { id: admin.id } });
  const { data } = await register(token);
  expect(data.register.user).toMatchObject({ roles: ['USER'], isEmailVerified: false });
  expect(await statusOf(invitation.id)).toEqual({ status: 'USED', uses: 1 });
  expect((await register(token)).error).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { invitation: expect.any(String) },
  });
});

test('a link for several admits exactly as many, however many come at once', async () => {
  const { token, invitation } = await invite({ maxUses: 3, role: 'MODERATOR' });
  const answers = await Promise.all(Array.from({ length: 8 }, () => register(token)));
  const admitted = answers.flatMap(({ data }) => (data?.register ? [data.register.user.roles] : []));
  expect(admitted).toEqual(Array(3).fill(['MODERATOR', 'USER']));
  expect(await statusOf(invitation.id)).toEqual({ status: 'USED', uses: 3 });
});

test('a refused registration uses nothing up', async () => {
  const { token, invitation } = await invite();
  expect((await register(token, { username: 'admin' })).error).toMatchObject({ code: 'CONFLICT' });
  expect((await register(token, { password: 'short' })).error).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await statusOf(invitation.id)).toEqual({ status: 'OPEN', uses: 0 });
  const wrong = await register('unknown', { username: 'x', password: 'short' });
  expect(wrong.error).toMatchObject({
    fields: { username: expect.anything(), password: expect.anything(), invitation: expect.anything() },
  });
});

test('a revoked or expired link admits nobody', async () => {
  const revoked = await invite({ maxUses: 5 });
  const revoke = 'mutation ($id: ID!) { revokeInvitation(id: $id) { status } }';
  for (let round = 0; round < 2; round++)
    expect(await identity.get(revoke, { id: revoked.invitation.id }, admin.accessToken)).toEqual({
      revokeInvitation: { status: 'REVOKED' },
    });
  const expired = await invite({ expiresAt: new Date(Date.now() + 300).toISOString() });
  await eventually(async () => {
    expect(await statusOf(expired.invitation.id)).toMatchObject({ status: 'EXPIRED' });
  }, 'the expiry of the invitation');
  for (const { token } of [revoked, expired])
    expect((await register(token)).error).toMatchObject({ fields: { invitation: expect.any(String) } });
  expect((await identity.ask(revoke, { id: 'none' }, admin.accessToken)).error).toMatchObject({ code: 'NOT_FOUND' });
});

test('a mailed link is for its address and proves it; the mail is in the given language', async () => {
  await invite({ email: 'Berta@example.org', locale: 'de-AT' });
  const mail = await mailTo('Berta@example.org');
  expect(mail).toContain('in den Chat');
  const [, token] = /register\?invitation=([\w-]+)/.exec(mail)!;
  const other = await register(token, { email: 'other@example.org' });
  expect(other.error).toMatchObject({ fields: { email: expect.stringContaining('another e-mail address') } });
  const { data } = await register(token, { email: 'berta@EXAMPLE.org' });
  expect(data.register.user.isEmailVerified).toBe(true);
  await invite({ email: 'bob@example.org' });
  expect(await mailTo('bob@example.org')).toContain('You are invited');
});

test('a link that an administrator passes on does not prove the address', async () => {
  const { token } = await invite({ email: 'cleo@example.org' });
  expect((await register(token, { email: 'cleo@example.org' })).data.register.user.isEmailVerified).toBe(false);
});

test('mails to one address are limited', async () => {
  const input = { email: 'flooded@example.org' };
  for (let count = 0; count < 5; count++) await invite(input);
  expect((await identity.ask(CREATE, { input }, admin.accessToken)).error).toMatchObject({ code: 'RATE_LIMITED' });
});

test.each<[string, object, string[]]>([
  ['guests', { role: 'GUEST' }, ['role']],
  ['many at one address', { email: 'x@example.org', maxUses: 2 }, ['maxUses']],
  ['the past', { expiresAt: '2001-01-01T00:00:00Z' }, ['expiresAt']],
  ['for ever', { expiresAt: '2999-01-01T00:00:00Z' }, ['expiresAt']],
  [
    'all at once',
    { role: 'GUEST', email: 'none', maxUses: 0, expiresAt: '2001-01-01T00:00:00Z' },
    ['role', 'email', 'maxUses', 'expiresAt'],
  ],
])('an invitation for %s is refused', async (_what, input, fields) => {
  const { error } = await identity.ask(CREATE, { input }, admin.accessToken);
  expect(error).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(Object.keys((error as unknown as { fields: object }).fields).sort()).toEqual(fields.sort());
});

test('only administrators invite, list and revoke, and tokens are stored as hashes', async () => {
  const { token, invitation } = await invite();
  const user = (await register(token)).data.register;
  const revoke = `mutation { revokeInvitation(id: "${invitation.id}") { id } }`;
  for (const query of [
    'mutation { createInvitation(input: {}) { token } }',
    '{ invitations { edges { cursor } } }',
    revoke,
  ])
    for (const [token, code] of [
      [user.accessToken, 'FORBIDDEN'],
      [null, 'UNAUTHENTICATED'],
    ] as const)
      expect((await identity.ask(query, {}, token)).error).toMatchObject({ code });
  const stored = JSON.stringify(
    await rows(
      'select i.*, t.token_hash from identity.invitations i join identity.invitation_tokens t on t.invitation_id = i.id',
    ),
  );
  expect(stored).toContain(invitation.id);
  expect(stored).not.toContain(token);
});

test('the list has pages, newest first', async () => {
  const { invitation } = await invite();
  const first = await identity.get<Listed>(LIST, { first: 1 }, admin.accessToken);
  expect(first.invitations.edges[0]!.node).toMatchObject({ id: invitation.id, createdBy: { username: 'admin' } });
  const { endCursor, hasNextPage } = first.invitations.pageInfo;
  expect(hasNextPage).toBe(true);
  const second = await identity.get<Listed>(LIST, { first: 1, after: endCursor }, admin.accessToken);
  expect(second.invitations.edges[0]!.node.id).not.toBe(invitation.id);
});

test('the audit log has the invitation, its use and its end', async () => {
  const { token, invitation } = await invite();
  await register(token);
  await identity.get(`mutation { revokeInvitation(id: "${invitation.id}") { id } }`, {}, admin.accessToken);
  const acts = await rows<{ action: string; details: string | null }>(
    `select action, details::text from identity.audit_acts where target_id = '${invitation.id}' or details::text like '%${invitation.id}%' order by seq`,
  );
  expect(acts.map(({ action }) => action)).toEqual(['invitation.create', 'account.register', 'invitation.revoke']);
  expect(JSON.stringify(acts)).not.toContain(token);
});

describe('createUser', () => {
  const create = (input: object, as: string | null = admin.accessToken) =>
    identity.ask<{ createUser: { id: string; roles: string[]; email: string; locale: string } }>(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { id roles email locale } }',
      { input },
      as,
    );

  test('creates an account that logs in with the given password', async () => {
    const { data } = await create({ username: 'dora', password: PASSWORD, role: 'MODERATOR' });
    expect(data.createUser.roles).toEqual(['MODERATOR', 'USER']);
    expect((await identity.login('dora', PASSWORD)).data.login.user.id).toBe(data.createUser.id);
  });

  test('without a password, mails a link that sets one and proves the address', async () => {
    const { data } = await create({ username: 'emil', email: 'emil@example.org', locale: 'de' });
    expect(data.createUser).toMatchObject({ email: 'emil@example.org', locale: 'de' });
    const mail = await mailTo('emil@example.org');
    expect(mail).toContain('Subject: Ihr ');
    const [, token] = /reset-password\?token=([\w-]+)/.exec(mail)!;
    const set = 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) }';
    await identity.get(set, { input: { token, newPassword: PASSWORD } });
    const { accessToken } = (await identity.login('emil', PASSWORD)).data.login;
    expect(await identity.get('{ me { isEmailVerified } }', {}, accessToken)).toEqual({
      me: { isEmailVerified: true },
    });
  });

  test.each<[string, object, string, string[]]>([
    ['neither password nor address', { username: 'fay' }, 'BAD_USER_INPUT', ['email']],
    ['a taken name', { username: 'admin', password: PASSWORD }, 'CONFLICT', ['username']],
    ['a guest', { username: 'fay', password: PASSWORD, role: 'GUEST' }, 'BAD_USER_INPUT', ['role']],
    [
      'everything wrong',
      { username: 'admin', email: 'none', password: 'short', displayName: '', role: 'GUEST', locale: '??' },
      'BAD_USER_INPUT',
      ['username', 'email', 'password', 'displayName', 'role', 'locale'],
    ],
  ])('refuses %s', async (_what, input, code, fields) => {
    const { error } = await create(input);
    expect(error).toMatchObject({ code });
    expect(Object.keys((error as unknown as { fields: object }).fields).sort()).toEqual(fields.sort());
  });

  test('is for administrators', async () => {
    const input = { username: 'gerd', password: PASSWORD };
    expect((await create(input, null)).error).toMatchObject({ code: 'UNAUTHENTICATED' });
    const { accessToken } = (await identity.login('dora', PASSWORD)).data.login;
    expect((await create(input, accessToken)).error).toMatchObject({ code: 'FORBIDDEN' });
  });
});
