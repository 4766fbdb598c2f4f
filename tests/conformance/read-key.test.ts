/** Every mutation of the supergraph with a read-only API key: each is FORBIDDEN, or does not act for the key's owner. */
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  getNamedType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { definition as files } from '../../subgraphs/files/src/definition';
import { definition as identity } from '../../subgraphs/identity/src/definition';
import { definition as knowledge } from '../../subgraphs/knowledge/src/definition';
import { definition as messaging } from '../../subgraphs/messaging/src/definition';
import { definition as plugins } from '../../subgraphs/plugins/src/definition';
import { definition as rooms } from '../../subgraphs/rooms/src/definition';
import { Nobody } from './harness/person';
import { System } from './harness/system';

const schema = buildSchema(readFileSync(join(REPOSITORY, 'schema/api.graphql'), 'utf8'));
const mutations = Object.values(schema.getMutationType()!.getFields());
const exemptions: Record<string, string> = Object.assign(
  {},
  ...[files, identity, knowledge, messaging, plugins, rooms].map(({ policy }) => policy.withoutWrite),
);

/** Mutations that their arguments authorise; the key of the request is irrelevant. */
const ACT_FOR_NOBODY = [
  'beginProviderLogin',
  'completeProviderLogin',
  'confirmEmail',
  'login',
  'loginAsGuest',
  'refreshSession',
  'register',
  'requestPasswordReset',
  'resetPassword',
];

const SCALARS: Record<string, unknown> = {
  ID: '01890000-0000-7000-8000-000000000000',
  String: 'text',
  Int: 1,
  Float: 1,
  Boolean: true,
  DateTime: '2099-01-01T00:00:00Z',
  JSON: 1,
};

/** A minimal valid value of the type. */
function sample(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sample(type.ofType);
  if (isListType(type)) return [sample(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return SCALARS[type.name];
  const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
  return Object.fromEntries(required.map((field) => [field.name, sample(field.type)]));
}

const system = new System();
let reader: Nobody;
beforeAll(async () => {
  await system.start();
  // An administrator's key, so that no refusal is due to a missing role.
  const { secret } = await system.admin.does('CreateApiKey', { input: { name: 'reads', permissions: ['READ'] } });
  reader = new Nobody(system.url, secret);
});
afterAll(async () => {
  await reader[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
});

test.each(mutations.map((field) => [field.name, field] as const))('%s', async (name, { args, type }) => {
  const required = args.filter((arg) => isNonNullType(arg.type));
  const declared = required.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const passed = required.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const selection = isObjectType(getNamedType(type)) ? '{ __typename }' : '';
  const { errors } = await reader.asks(
    `mutation${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${selection} }`,
    Object.fromEntries(required.map((arg) => [arg.name, sample(arg.type)])),
  );
  const code: unknown = errors?.[0].extensions.code;
  if (ACT_FOR_NOBODY.includes(name)) {
    expect(exemptions[name]).toMatch(/\w+ \w+/);
    expect(code).not.toBe('FORBIDDEN');
  } else expect(code).toBe('FORBIDDEN');
});

test('every exemption from WRITE is a mutation of the graph and has a reason', () => {
  const names = mutations.map(({ name }) => name);
  expect(Object.keys(exemptions).filter((name) => !names.includes(name))).toEqual([]);
  expect(Object.values(exemptions).filter((reason) => reason.split(' ').length < 3)).toEqual([]);
});
