/** Collects the fields of a selection for an object type, with fragments resolved and response names merged (CollectFields). */
import {
  isAbstractType,
  isUnionType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded, type Conditions } from './conditions';

/** Response name → the field's name and its nodes, in response order. */
export type CollectedFields = Map<string, { name: string; nodes: FieldNode[] }>;

export interface CollectOptions {
  schema: GraphQLSchema;
  fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Variables for `@skip` and `@include`. If absent, all selections are included. */
  conditions?: Conditions;
}

export function collectFields(
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  { schema, fragments, conditions }: CollectOptions,
): CollectedFields {
  const collected: CollectedFields = new Map();
  const visited = new Set<string>();
  const applies = (condition: string | undefined): boolean => {
    if (condition === undefined || condition === type.name) return true;
    const abstract = schema.getType(condition);
    return isAbstractType(abstract) && !isUnionType(type) && schema.isSubType(abstract, type);
  };
  const collect = (selectionSet: SelectionSetNode): void => {
    for (const selection of selectionSet.selections) {
      if (conditions && !isIncluded(selection, conditions)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const known = collected.get(key);
        if (known) known.nodes.push(selection);
        else collected.set(key, { name: selection.name.value, nodes: [selection] });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(selection.typeCondition?.name.value)) collect(selection.selectionSet);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = fragments[selection.name.value];
        if (fragment && applies(fragment.typeCondition.name.value)) collect(fragment.selectionSet);
      }
    }
  };
  for (const selectionSet of selectionSets) collect(selectionSet);
  return collected;
}
