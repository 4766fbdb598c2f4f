/**
 * Preserves literals that JavaScript cannot represent. The planner converts literals to numbers and would change their digits, so
 * variables replace such literals during planning.
 */
import type { FetchNode } from '@apollo/query-planner';
import {
  Kind,
  parse,
  parseType,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FloatValueNode,
  type GraphQLSchema,
  type IntValueNode,
  type TypeNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import { isRawNumber, exactNumber } from '../supergraph/exact-json';

/** Variable name → the literal that it replaces. */
export type Literals = ReadonlyMap<string, ValueNode>;

export function withoutLongNumbers(
  document: DocumentNode,
  schema: GraphQLSchema,
): { document: DocumentNode; literals: Literals } {
  const literals = new Map<string, ValueNode>();
  const types = new TypeInfo(schema);
  const known = new Map<string, string>();
  const definitions: VariableDefinitionNode[] = [];
  const taken = new Set<string>();
  const replace = (node: IntValueNode | FloatValueNode): ValueNode | undefined => {
    if (!isRawNumber(exactNumber(node.value))) return undefined;
    const type = String(types.getInputType() ?? 'String');
    // Equal literals share a variable, so that fields with equal arguments can still be merged.
    const text = `${type} ${node.value}`;
    let name = known.get(text);
    if (!name) {
      name = nameBeside(taken, `literal__${known.size + 1}`);
      known.set(text, name);
      literals.set(name, node);
      definitions.push(definitionOf(name, parseType(type)));
    }
    return { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } };
  };
  visit(document, { Variable: ({ name }) => void taken.add(name.value) });
  const replaced = visit(
    document,
    visitWithTypeInfo(types, { VariableDefinition: () => false, IntValue: replace, FloatValue: replace }),
  );
  if (literals.size === 0) return { document, literals };
  const planned = visit(replaced, {
    OperationDefinition: (node) => ({
      ...node,
      variableDefinitions: [...(node.variableDefinitions ?? []), ...definitions],
    }),
  });
  return { document: planned, literals };
}

/** The request with the client's literals. */
export function withLongNumbers(fetch: FetchNode, literals: Literals): FetchNode {
  const used = fetch.variableUsages?.some((name) => literals.has(name));
  if (!used) return fetch;
  const document = visit(parse(fetch.operation, { noLocation: true }), {
    VariableDefinition: ({ variable }) => (literals.has(variable.name.value) ? null : undefined),
    Variable: ({ name }) => literals.get(name.value),
  });
  return {
    ...fetch,
    operation: print(document),
    variableUsages: fetch.variableUsages?.filter((name) => !literals.has(name)),
  };
}

function definitionOf(name: string, type: TypeNode): VariableDefinitionNode {
  return {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } },
    type,
  };
}

function nameBeside(taken: ReadonlySet<string>, name: string): string {
  return taken.has(name) ? nameBeside(taken, `${name}_`) : name;
}
