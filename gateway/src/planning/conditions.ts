/** `@skip` and `@include`: which variables they look at, and what they decide. */
import { Kind, visit, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionNode } from 'graphql';

/** Coerced variables. */
export type Conditions = Readonly<Record<string, unknown>>;

/** The names of the variables that decide what an operation's answer contains, sorted. */
export function conditionVariables(
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): readonly string[] {
  const names = new Set<string>();
  for (const root of [operation, ...Object.values(fragments)]) {
    visit(root, {
      Directive({ name, arguments: args }) {
        if (name.value !== 'skip' && name.value !== 'include') return;
        for (const { value } of args ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    });
  }
  return [...names].sort();
}

/** Whether a selection's `@skip` and `@include` let it into the answer. */
export function isIncluded(selection: SelectionNode, variables: Conditions): boolean {
  for (const { name, arguments: args } of selection.directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') continue;
    const value = args?.[0]?.value;
    const holds =
      value?.kind === Kind.VARIABLE
        ? variables[value.name.value] === true
        : value?.kind === Kind.BOOLEAN && value.value;
    if (holds === (name.value === 'skip')) return false;
  }
  return true;
}
