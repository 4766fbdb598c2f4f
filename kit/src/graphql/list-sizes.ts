/**
 * How many items a list counts as in the cost of an operation: `@listSize`. Connections get it here, from their own arguments.
 * The cost itself is the gateway's to compute and to limit.
 */
import {
  Kind,
  parseConstValue,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE } from './connection';

type TypeWithFields = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** For a list that is no connection: how many items it usually has, or has at most. `@Directive(assumedSize(10))` */
export const assumedSize = (items: number): string => `@listSize(assumedSize: ${items}, ${ANY_ARGUMENTS})`;

/** For a list with an argument `name` that says how many items are wanted, and has a default. */
export const slicedBy = (name: string): string => `@listSize(slicingArguments: ["${name}"], ${ANY_ARGUMENTS})`;

const ANY_ARGUMENTS = 'requireOneSlicingArgument: false';

/**
 * Gives every field that returns a connection its `@listSize`: the size is `first` or `last`, else {@link DEFAULT_PAGE_SIZE}.
 * @throws naming a connection field that has neither argument, and so no size.
 */
export function withConnectionSizes(document: DocumentNode): DocumentNode {
  const connections = connectionLists(document);
  let owner = '';
  const enter = ({ name }: TypeWithFields) => void (owner = name.value);
  return visit(document, {
    ObjectTypeDefinition: { enter },
    InterfaceTypeDefinition: { enter },
    FieldDefinition(field) {
      const lists = connections.get(nameOf(field.type));
      if (!lists || isSized(field)) return undefined;
      const given = field.arguments?.map(({ name }) => name.value) ?? [];
      const slicing = ['first', 'last'].filter((name) => given.includes(name));
      if (slicing.length === 0)
        throw new Error(
          `${owner}.${field.name.value} is a connection without a size: give it first, after, last and before.`,
        );
      return { ...field, directives: [...(field.directives ?? []), listSize(slicing, lists)] };
    },
  });
}

/** Lists of objects without a declared size, as `Type.field`. The lists inside a connection have the connection's size. */
export function unsizedLists(document: DocumentNode): string[] {
  const connections = connectionLists(document);
  const objects = new Set<string>();
  const found: string[] = [];
  for (const definition of document.definitions)
    if (/^(Object|Interface|Union)Type/.test(definition.kind) && 'name' in definition)
      objects.add(definition.name!.value);
  for (const definition of document.definitions) {
    if (!isTypeWithFields(definition)) continue;
    for (const field of definition.fields ?? []) {
      const isObjectList = isList(field.type) && objects.has(nameOf(field.type));
      const isInside = connections.get(definition.name.value)?.includes(field.name.value);
      if (isObjectList && !isInside && !isSized(field)) found.push(`${definition.name.value}.${field.name.value}`);
    }
  }
  return found;
}

/** Relay's connection types, and which of their fields are the list itself: `edges`, and `nodes` if there is one. */
function connectionLists(document: DocumentNode): Map<string, string[]> {
  const connections = new Map<string, string[]>();
  for (const definition of document.definitions) {
    if (!isTypeWithFields(definition) || !definition.name.value.endsWith('Connection')) continue;
    const fields = definition.fields ?? [];
    if (!fields.some(({ name }) => name.value === 'pageInfo')) continue;
    const lists = fields.filter(({ name, type }) => ['edges', 'nodes'].includes(name.value) && isList(type));
    if (lists.length > 0)
      connections.set(
        definition.name.value,
        lists.map(({ name }) => name.value),
      );
  }
  return connections;
}

const isTypeWithFields = (node: { kind: string }): node is TypeWithFields =>
  node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;

const isSized = ({ directives = [] }: FieldDefinitionNode): boolean =>
  directives.some(({ name }) => name.value === 'listSize' || name.value === 'federation__listSize');

const isList = (type: TypeNode): boolean =>
  type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && isList(type.type));

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

function listSize(slicingArguments: readonly string[], sizedFields: readonly string[]): ConstDirectiveNode {
  const values = {
    slicingArguments: JSON.stringify(slicingArguments),
    assumedSize: String(DEFAULT_PAGE_SIZE),
    sizedFields: JSON.stringify(sizedFields),
    requireOneSlicingArgument: 'false',
  };
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: 'listSize' },
    arguments: Object.entries(values).map(([name, value]) => ({
      kind: Kind.ARGUMENT,
      name: { kind: Kind.NAME, value: name },
      value: parseConstValue(value, { noLocation: true }),
    })),
  };
}
