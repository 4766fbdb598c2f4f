/**
 * One table of permissions: every root field of the schema by every kind of caller. The fields come from the schema, so the test fails for
 * a new field without a line, and for a line without a field.
 */
import type { Viewer } from '@chat/kit/auth/viewer';
import { buildSubgraph } from '@chat/kit/graphql/build-schema';
import { allow } from '@chat/kit/graphql/policy';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { definition } from './definition';
import { administratorOf } from './testing/administrator';
import { PASSWORD, startIdentity, viewerOf, type IdentityUnderTest } from './testing/identity-under-test';

/** An anonymous caller, a guest, a user, the same user with a READ key, a moderator, an administrator. */
const CALLERS = ['nobody', 'guest', 'user', 'key', 'moderator', 'admin'] as const;
type Caller = (typeof CALLERS)[number];

/** `ok` or the code of the error, one for each caller. */
type Decisions = readonly [string, string, string, string, string, string];
const UNKNOWN = '018f0000-0000-7000-8000-000000000000';

const everybody = (outcome = 'ok'): Decisions => [outcome, outcome, outcome, outcome, outcome, outcome];
const loggedIn = (outcome = 'ok'): Decisions => ['UNAUTHENTICATED', outcome, outcome, outcome, outcome, outcome];
const inPerson = (outcome = 'ok'): Decisions => ['UNAUTHENTICATED', outcome, outcome, 'FORBIDDEN', outcome, outcome];
const administrators = (outcome = 'ok'): Decisions => [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'FORBIDDEN',
  'FORBIDDEN',
  'FORBIDDEN',
  outcome,
];

/** Arguments of each field, and the outcome for each caller. Permitted callers get NOT_FOUND if the target does not exist. */
const TABLE: Record<string, [args: string | ((caller: Caller) => string | Promise<string>), decisions: Decisions]> = {
  'Query.me': ['', loggedIn()],
  'Query.user': [() => `id: "${viewers.user!.id}"`, loggedIn()],
  'Query.users': ['first: 1', loggedIn()],
  'Query.groups': ['', loggedIn()],
  'Query.featureFlags': ['', everybody()],
  'Query.identityProviders': ['', everybody()],
  'Query.grants': ['resourceType: "Channel", resourceId: "c"', administrators()],
  'Query.customRoles': ['', administrators()],
  'Query.settings': ['', administrators()],
  'Query.auditLog': ['first: 1', administrators()],
  'Query.invitations': ['first: 1', administrators()],

  'Mutation.register': [
    (caller) => `input: { username: "new-${caller}", email: "new-${caller}@example.org", password: "${PASSWORD}" }`,
    everybody(),
  ],
  'Mutation.login': [`input: { identifier: "user", password: "${PASSWORD}" }`, everybody()],
  'Mutation.loginAsGuest': ['displayName: "Guest"', everybody()],
  'Mutation.refreshSession': [
    async (caller) => `refreshToken: "${(await identity.register(`fresh-${caller}`)).refreshToken}"`,
    everybody(),
  ],
  'Mutation.requestPasswordReset': ['email: "nobody@example.org"', everybody()],
  'Mutation.resetPassword': ['input: { token: "none", newPassword: "long enough" }', everybody('BAD_USER_INPUT')],
  'Mutation.beginProviderLogin': ['provider: "none", redirectUri: "https://example.org"', everybody('NOT_FOUND')],
  'Mutation.completeProviderLogin': ['input: { provider: "none", code: "c", state: "s" }', everybody('NOT_FOUND')],

  'Mutation.confirmEmail': ['token: "none"', everybody('BAD_USER_INPUT')],
  'Mutation.requestEmailConfirmation': [
    '',
    ['UNAUTHENTICATED', 'BAD_USER_INPUT', 'ok', 'FORBIDDEN', 'ok', 'BAD_USER_INPUT'], // guests and the first administrator have no address
  ],
  'Mutation.setPresence': ['status: AWAY', inPerson()],
  'Mutation.setStatus': ['input: { text: "Lunch" }', inPerson()],
  'Mutation.clearStatus': ['', inPerson()],
  'Mutation.revokePermission': [`id: "${UNKNOWN}"`, inPerson('NOT_FOUND')],
  'Mutation.updateProfile': ['input: { locale: "en" }', inPerson()],
  'Mutation.changePassword': ['input: { currentPassword: "no", newPassword: "no" }', inPerson('BAD_USER_INPUT')],
  'Mutation.changeEmail': ['input: { email: "new@example.org", currentPassword: "no" }', inPerson('BAD_USER_INPUT')],
  'Mutation.createApiKey': ['input: { name: "k", permissions: [READ] }', inPerson()],
  'Mutation.revokeApiKey': [`id: "${UNKNOWN}"`, inPerson('NOT_FOUND')],
  'Mutation.revokeSession': [`id: "${UNKNOWN}"`, inPerson('NOT_FOUND')],
  'Mutation.logout': ['', inPerson()],

  'Mutation.assignRole': [`userId: "${UNKNOWN}", role: USER`, administrators('NOT_FOUND')],
  'Mutation.revokeRole': [`userId: "${UNKNOWN}", role: USER`, administrators('NOT_FOUND')],
  'Mutation.createCustomRole': ['input: { name: "r", permissions: [READ] }', administrators()],
  'Mutation.updateCustomRole': [`input: { id: "${UNKNOWN}" }`, administrators('NOT_FOUND')],
  'Mutation.deleteCustomRole': [`id: "${UNKNOWN}"`, administrators('NOT_FOUND')],
  'Mutation.assignCustomRole': [`userId: "${UNKNOWN}", customRoleId: "${UNKNOWN}"`, administrators('NOT_FOUND')],
  'Mutation.revokeCustomRole': [`userId: "${UNKNOWN}", customRoleId: "${UNKNOWN}"`, administrators('NOT_FOUND')],
  'Mutation.createGroup': ['input: { name: "some-group" }', administrators()],
  'Mutation.deleteGroup': [`id: "${UNKNOWN}"`, administrators('NOT_FOUND')],
  'Mutation.addGroupMembers': [`id: "${UNKNOWN}", userIds: []`, administrators('NOT_FOUND')],
  'Mutation.removeGroupMembers': [`id: "${UNKNOWN}", userIds: []`, administrators('NOT_FOUND')],
  'Mutation.grantPermission': [
    () => `input: { userId: "${viewers.user!.id}", resourceType: "T", resourceId: "r", permission: READ }`,
    administrators(),
  ],
  'Mutation.grantGroupPermission': [
    `input: { groupId: "${UNKNOWN}", resourceType: "T", resourceId: "r", permission: READ }`,
    administrators('NOT_FOUND'),
  ],
  'Mutation.createUser': [
    (caller) => `input: { username: "made-by-${caller}", password: "${PASSWORD}" }`,
    administrators(),
  ],
  'Mutation.createInvitation': ['input: { role: USER }', administrators()],
  'Mutation.revokeInvitation': [`id: "${UNKNOWN}"`, administrators('NOT_FOUND')],
  'Mutation.createServiceAccount': ['input: { username: "some-bot" }', administrators()],
  'Mutation.deactivateUser': [`id: "${UNKNOWN}"`, administrators('NOT_FOUND')],
  'Mutation.reactivateUser': [`id: "${UNKNOWN}"`, administrators('NOT_FOUND')],
  'Mutation.deleteUser': [`id: "${UNKNOWN}"`, administrators('NOT_FOUND')],
  'Mutation.setFeatureFlag': ['key: "some-flag", enabled: true', administrators()],
  'Mutation.updateSetting': ['key: "none", value: 1', administrators('NOT_FOUND')],

  'Subscription.presenceChanged': [`userIds: ["${UNKNOWN}"]`, loggedIn()],
};

const schema = buildSubgraph(definition);
const rootFields = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!].flatMap((type) =>
  Object.values(type.getFields())
    .filter(({ name }) => !name.startsWith('_')) // federation's own
    .map((field) => ({ name: `${type.name}.${field.name}`, operation: type.name.toLowerCase(), field })),
);

let identity: IdentityUnderTest;
let groupId: string;
const viewers = {} as Record<Caller, Viewer | null>;
beforeAll(async () => {
  identity = await startIdentity();
  const admin = await administratorOf(identity);
  const moderator = await identity.register('moderator');
  await identity.get(
    'mutation ($id: ID!) { assignRole(userId: $id, role: MODERATOR) { id } }',
    { id: moderator.id },
    admin.accessToken,
  );
  const { login } = (await identity.login('moderator', PASSWORD)).data;
  const { loginAsGuest } = await identity.get<{ loginAsGuest: { accessToken: string } }>(
    'mutation { loginAsGuest(displayName: "Guest") { accessToken } }',
  );
  const user = viewerOf((await identity.register('user')).accessToken);
  Object.assign(viewers, {
    nobody: null,
    guest: viewerOf(loginAsGuest.accessToken),
    user,
    key: { ...user, permissions: ['READ'], scope: ['READ'] },
    moderator: viewerOf(login.accessToken),
    admin: viewerOf(admin.accessToken),
  });
  const { createGroup } = await identity.get<{ createGroup: { id: string } }>(
    'mutation { createGroup(input: { name: "referred-to" }) { id } }',
    {},
    admin.accessToken,
  );
  groupId = createGroup.id;
});
afterAll(() => identity[Symbol.asyncDispose]());

test('every root field has a line, and every line has a root field', () => {
  expect(Object.keys(TABLE).sort()).toEqual(rootFields.map(({ name }) => name).sort());
});

/** The outcome of one field for one caller, without a selection below it. */
async function outcome(operation: string, field: GraphQLField<unknown, unknown>, args: string, caller: Caller) {
  const selection = isObjectType(getNamedType(field.type)) ? ' { __typename }' : '';
  const query = `${operation} { ${field.name}${args && `(${args})`}${selection} }`;
  const call = { headers: identity.headers(viewers[caller]) };
  const { service } = identity.identity;
  const { errors } = await (operation === 'subscription'
    ? service.authorize({ query }, call)
    : service.execute({ query }, call));
  return errors?.[0]?.extensions['code'] ?? 'ok';
}

describe.each(rootFields)('$name', ({ name, operation, field }) => {
  const [args, decisions] = TABLE[name] ?? ['', everybody('has no line')];
  it.each(CALLERS.map((caller, index) => [caller, decisions[index]!] as const))(
    'by %s: %s',
    async (caller, expected) => {
      const given = typeof args === 'function' ? await args(caller) : args;
      expect(await outcome(operation, field, given, caller)).toBe(expected);
    },
  );
});

/** Fields that not every viewer of their object may see: by the account itself, by others, by an administrator. */
const OWN_AND_ADMINISTRATORS = { user: 'ok', guest: 'FORBIDDEN', moderator: 'FORBIDDEN', admin: 'ok' } as const;
const EVERYBODY = { user: 'ok', guest: 'ok', moderator: 'ok', admin: 'ok' } as const;
const FIELDS: Record<string, [selection: string, decisions: Partial<Record<Caller, string>>]> = {
  'User.email': ['email', OWN_AND_ADMINISTRATORS],
  'User.isEmailVerified': ['isEmailVerified', OWN_AND_ADMINISTRATORS],
  'User.locale': ['locale', OWN_AND_ADMINISTRATORS],
  'User.permissions': ['permissions', OWN_AND_ADMINISTRATORS],
  'User.sessions': ['sessions { id }', OWN_AND_ADMINISTRATORS],
  'User.apiKeys': ['apiKeys { id }', OWN_AND_ADMINISTRATORS],
  'User.presence': ['presence { status }', EVERYBODY],
};

test('every field with its own rule has a line, and every line has such a field', () => {
  const roots = ['Query', 'Mutation', 'Subscription'];
  const decided = Object.entries(definition.policy.fields).flatMap(([type, rules]) =>
    roots.includes(type)
      ? []
      : Object.entries(rules).flatMap(([field, rule]) => (rule === allow ? [] : [`${type}.${field}`])),
  );
  expect(Object.keys(FIELDS).sort()).toEqual(decided.sort());
});

describe.each(Object.entries(FIELDS))('%s', (_name, [selection, decisions]) => {
  it.each(Object.entries(decisions) as [Caller, string][])('by %s: %s', async (caller, expected) => {
    const { error } = await identity.ask(`{ user(id: "${viewers.user!.id}") { ${selection} } }`, {}, viewers[caller]);
    expect(error?.code ?? 'ok').toBe(expected);
  });
});

describe.each(Object.keys(definition.policy.references))('a reference to %s', (type) => {
  it.each(CALLERS)('by %s', async (caller) => {
    const { data } = await identity.ask<{ _entities: unknown[] }>(
      'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
      { r: [{ __typename: type, id: type === 'User' ? viewers.user!.id : groupId }] },
      viewers[caller],
    );
    expect(data._entities).toEqual([caller === 'nobody' ? null : { __typename: type }]);
  });
});

describe('no argument causes an unexpected error', () => {
  /** A value of the type, with `text` for every string. */
  function valueOf(type: GraphQLInputType, text: string): unknown {
    if (isNonNullType(type)) return valueOf(type.ofType, text);
    if (isListType(type)) return [valueOf(type.ofType, text)];
    if (isEnumType(type)) return type.getValues()[0]!.name;
    if (isInputObjectType(type))
      return Object.fromEntries(
        Object.values(type.getFields()).map((field) => [field.name, valueOf(field.type, text)]),
      );
    const values: Record<string, unknown> = { Int: 1, Boolean: true, DateTime: '2030-01-01T00:00:00Z' };
    return type.name in values ? values[type.name] : text;
  }

  test.each([
    ['a null byte', 'a\u0000b'],
    ['half a character', 'half \uD800'],
    ['a long text', 'x'.repeat(200_000)],
    ['SQL', `'"; drop table identity.users; --`],
    ['nothing', ''],
  ])('%s', async (_what, text) => {
    for (const { operation, field } of rootFields.filter(({ field: { args } }) => args.length > 0)) {
      const declared = field.args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
      const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
      const selection = isObjectType(getNamedType(field.type)) ? ' { __typename }' : '';
      const query = `${operation} (${declared}) { ${field.name}(${given})${selection} }`;
      const variables = Object.fromEntries(field.args.map(({ name, type }) => [name, valueOf(type, text)]));
      const call = { headers: identity.headers(viewers.admin) };
      const { service } = identity.identity;
      const { errors } = await (operation === 'subscription'
        ? service.authorize({ query, variables }, call)
        : service.execute({ query, variables }, call));
      const codes = errors?.map(
        ({ message, extensions }) => `${field.name}: ${String(extensions['code'])} ${message.slice(0, 80)}`,
      );
      expect(codes ?? []).not.toContainEqual(expect.stringContaining('INTERNAL_SERVER_ERROR'));
    }
  });
});
