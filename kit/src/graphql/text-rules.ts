/**
 * Fails the build of a subgraph if a String input has no text rule: an input field without a decorator of text.ts, or an argument without
 * a `validateFn` of text.ts. Checks declarations, not values.
 */
// cspell:words Metadatas
import { getMetadataStorage } from 'class-validator';
import { isInputObjectType, type GraphQLSchema } from 'graphql';
import { isArgumentRule } from './text';

/** Names of decorators. All but the first two restrict the characters by themselves. */
const RULES = new Set(['isText', 'isOpaque', 'isMailAddress', 'isUsername', 'isLocale', 'matches', 'isIn']);
/** Cursors: cursor.ts decodes and validates them. */
const CURSORS = new Set(['after', 'before']);

interface Declarations {
  inputTypes: { name: string; target: object; fields: { name: string; getType: () => unknown }[] }[];
  queries: Method[];
  mutations: Method[];
  subscriptions: Method[];
  fieldResolvers: Method[];
}

interface Method {
  target: object;
  methodName: string;
  params?: { kind: string; name?: string; getType: () => unknown; validateFn?: object }[];
}

/** @throws an error that names every String input without a rule. */
export function demandTextRules(schema: GraphQLSchema, resolvers: readonly object[]): void {
  // type-graphql exports no other access to the metadata of its decorators.
  const declared = (globalThis as unknown as { TypeGraphQLMetadataStorage: Declarations }).TypeGraphQLMetadataStorage;
  const missing = [...fieldsWithoutRule(schema, declared), ...argumentsWithoutRule(resolvers, declared)];
  if (missing.length > 0)
    throw new Error(`Each String input needs a text rule (kit/src/graphql/text.ts): ${missing.join(', ')}.`);
}

function fieldsWithoutRule(schema: GraphQLSchema, { inputTypes }: Declarations): string[] {
  return inputTypes
    .filter(({ name }) => isInputObjectType(schema.getType(name)))
    .flatMap(({ name: type, target, fields }) => {
      const rules = getMetadataStorage().getTargetValidationMetadatas(target as () => void, '', true, false);
      const hasRule = (field: string) =>
        rules.some(({ propertyName, name }) => propertyName === field && RULES.has(name ?? ''));
      return fields
        .filter(({ name, getType }) => getType() === String && !hasRule(name))
        .map(({ name }) => `${type}.${name}`);
    });
}

function argumentsWithoutRule(resolvers: readonly object[], declared: Declarations): string[] {
  const { queries, mutations, subscriptions, fieldResolvers } = declared;
  return [...queries, ...mutations, ...subscriptions, ...fieldResolvers]
    .filter(({ target }) => resolvers.includes(target))
    .flatMap(({ methodName, params = [] }) =>
      params
        .filter(
          ({ kind, name, getType, validateFn }) =>
            kind === 'arg' && getType() === String && !CURSORS.has(name!) && !isArgumentRule(validateFn),
        )
        .map(({ name }) => `${methodName}(${name})`),
    );
}
