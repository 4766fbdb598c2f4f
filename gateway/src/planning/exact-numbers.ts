/**
 * Numbers in documents that JavaScript cannot hold. The planner makes numbers of literals and would write other digits into
 * its requests, so that variables stand for such literals while an operation is planned.
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

/** Name of the variable → the literal that it stands for. */
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
    // Equal literals are one variable, as selections with equal arguments are one.
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

/** The request with the literals as the client wrote them. */
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
