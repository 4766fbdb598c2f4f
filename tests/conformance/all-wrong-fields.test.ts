/** A mutation names all wrong fields at once: every String of its arguments and inputs here holds a null byte. */
import { allow, type Policy } from '@chat/kit/graphql/policy';
import { buildSubgraph, type SubgraphDefinition } from '@chat/kit/graphql/build-schema';
import {
  getNamedType,
  graphql,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { definition as identity } from '../../subgraphs/identity/src/definition';
import { definition as messaging } from '../../subgraphs/messaging/src/definition';

const SCALARS: Record<string, unknown> = {
  ID: '01890000-0000-7000-8000-000000000000',
  String: '\0',
  Int: 1,
  Float: 1,
  Boolean: true,
  DateTime: '2099-01-01T00:00:00Z',
  JSON: 1,
};

function sample(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sample(type.ofType);
  if (isListType(type)) return [sample(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return SCALARS[type.name];
  return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, sample(field.type)]));
}

/** The names of the Strings among arguments, and in inputs. */
const strings = (fields: readonly (GraphQLArgument | GraphQLInputField)[]): string[] =>
  fields.flatMap(({ name, type }) => {
    const named = getNamedType(type);
    if (isInputObjectType(named)) return strings(Object.values(named.getFields()));
    return named === GraphQLString ? [name] : [];
  });

/** Allows everything, so that only validation refuses. */
const opened = ({ fields, references, withoutWrite }: Policy): Policy => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([type, rules]) => [
      type,
      Object.fromEntries(Object.keys(rules).map((field) => [field, allow])),
    ]),
  ),
  references: Object.fromEntries(Object.keys(references).map((type) => [type, allow])),
  withoutWrite,
});

const viewer = { id: SCALARS['ID'], sessionId: null, roles: ['ADMIN'], permissions: ['MANAGE'], expiresAt: 4e9 };

describe.each<[string, SubgraphDefinition<never>]>([
  ['identity', identity],
  ['messaging', messaging],
])('%s', (_name, definition) => {
  const schema = buildSubgraph({ ...definition, policy: opened(definition.policy) });
  const mutations = Object.values(schema.getMutationType()!.getFields())
    .map((field) => ({ ...field, wrong: strings(field.args) }))
    .filter(({ wrong }) => wrong.length > 0);

  test.each(mutations.map((field) => [field.name, field] as const))('%s', async (name, { args, type, wrong }) => {
    const declared = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
    const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
    const selection = isObjectType(getNamedType(type)) ? '{ __typename }' : '';
    const { errors } = await graphql({
      schema,
      source: `mutation (${declared}) { ${name}(${passed}) ${selection} }`,
      variableValues: Object.fromEntries(args.map((arg) => [arg.name, sample(arg.type)])),
      contextValue: { viewer, loaders: {}, services: {}, client: {} },
    });
    const { code, fields } = errors![0]!.extensions as { code: string; fields: object };
    expect({ code, fields: Object.keys(fields).sort() }).toEqual({
      code: 'BAD_USER_INPUT',
      fields: expect.arrayContaining(wrong.sort()),
    });
  });
});
