/**
 * A validation rule that refuses excessive introspection. Introspection runs in the gateway, and a short text can nest the types of
 * all fields twenty levels deep. The limit is twice the weight of the largest query that tools send.
 */
import {
  getIntrospectionQuery,
  GraphQLError,
  Kind,
  parse,
  type ASTVisitor,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** Typical lengths of introspection lists. Other fields count as one. */
const SIZES: ReadonlyMap<string, number> = new Map([
  ['types', 100],
  ['directives', 10],
  ['fields', 10],
  ['inputFields', 5],
  ['enumValues', 5],
  ['args', 3],
  ['possibleTypes', 3],
  ['interfaces', 2],
]);

type FragmentOf = (name: string) => FragmentDefinitionNode | null | undefined;

/** Twice the weight of a full introspection query. */
const MAX_WEIGHT = 2 * weightOfEverything();

export function introspectionWeight(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (weigh(operation, (name) => context.getFragment(name)) <= MAX_WEIGHT) return;
      context.reportError(new GraphQLError('This asks for too much of the schema at once.', { nodes: operation }));
    },
  };
}

/** The approximate number of introspection fields that an operation visits. */
function weigh(operation: OperationDefinitionNode, fragmentOf: FragmentOf): number {
  const known = new Map<string, number>();
  const sum = (selectionSet: SelectionSetNode, isInside: boolean): number => {
    let total = 0;
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) total += ofFragment(selection.name.value, isInside);
      else if (selection.kind === Kind.INLINE_FRAGMENT) total += sum(selection.selectionSet, isInside);
      else if (isInside || selection.name.value.startsWith('__')) {
        const inner = selection.selectionSet ? sum(selection.selectionSet, true) : 0;
        total += (SIZES.get(selection.name.value) ?? 1) * (1 + inner);
      }
    }
    return total;
  };
  const ofFragment = (name: string, isInside: boolean): number => {
    const weight = known.get(name);
    if (weight !== undefined) return weight;
    known.set(name, 0); // if a fragment spreads itself; another rule refuses it
    const fragment = fragmentOf(name);
    const measured = fragment ? sum(fragment.selectionSet, isInside) : 0;
    known.set(name, measured);
    return measured;
  };
  return sum(operation.selectionSet, false);
}

function weightOfEverything(): number {
  const options = {
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
  };
  const { definitions } = parse(getIntrospectionQuery({ ...options, oneOf: true }));
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
  return weigh(operation, (name) => fragments.find((fragment) => fragment.name.value === name));
}
