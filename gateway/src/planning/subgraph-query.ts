/**
 * Removes `__typename` from a fetch if the schema determines the type. In long lists it is a large share of a response.
 * Also finds entity fetches with leaves only, which can be merged faster.
 */
import type { PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  getNamedType,
  isObjectType,
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export interface SubgraphQuery {
  text: string;
  /** Response names of an entity fetch, if all of them are leaves. */
  entityLeaves?: readonly string[];
}

/**
 * Whether the schema determines the type of each object that the plan inspects. It does if each fetch is for a single object type.
 */
export function knowsTypes(node: PlanNode | undefined, schema: GraphQLSchema): boolean {
  switch (node?.kind) {
    case undefined:
      return true;
    case 'Sequence':
    case 'Parallel':
      return node.nodes.every((child) => knowsTypes(child, schema));
    case 'Flatten':
      return node.path.every((element) => !String(element).includes('|')) && knowsTypes(node.node, schema);
    case 'Condition':
      return knowsTypes(node.ifClause, schema) && knowsTypes(node.elseClause, schema);
    case 'Fetch': {
      const isPlain = !node.contextRewrites && !node.inputRewrites && !node.outputRewrites;
      return isPlain && (!node.requires || typesIn(node.requires, schema)?.size === 1);
    }
    case 'Defer':
      return false;
  }
}

/** Type conditions at one level; undefined if one here or below is not an object type. */
function typesIn(nodes: readonly QueryPlanSelectionNode[], schema: GraphQLSchema): Set<string> | undefined {
  const types = new Set<string>();
  for (const node of nodes) {
    if (node.kind === 'InlineFragment') {
      if (!isObjectType(schema.getType(node.typeCondition ?? ''))) return undefined;
      types.add(node.typeCondition!);
    }
    if (node.selections && !typesIn(node.selections, schema)) return undefined;
  }
  return types;
}

/** `isTypeless`: whether `__typename` may be removed; see {@link knowsTypes}. */
export function subgraphQuery(operation: string, schema: GraphQLSchema, isTypeless: boolean): SubgraphQuery {
  const document = parse(operation, { noLocation: true });
  const entityLeaves = leavesOf(document);
  if (!isTypeless || document.definitions.length > 1) return { text: operation, entityLeaves };
  const definitions = document.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
    const root = schema.getRootType(definition.operation) ?? undefined;
    return { ...definition, selectionSet: withoutTypes(definition.selectionSet, root, false, schema) };
  });
  return { text: stripIgnoredCharacters(print({ ...document, definitions })), entityLeaves };
}

/** `isKnown`: whether the selected objects have a single possible type. */
function withoutTypes(
  selectionSet: SelectionSetNode,
  type: GraphQLNamedType | undefined,
  isKnown: boolean,
  schema: GraphQLSchema,
): SelectionSetNode {
  const selections = selectionSet.selections.flatMap((selection): SelectionNode[] => {
    if (isKnown && isPlainTypename(selection)) return [];
    if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return [selection];
    const isField = selection.kind === Kind.FIELD;
    const inner = isField
      ? typeOf(type, selection.name.value)
      : (schema.getType(selection.typeCondition?.name.value ?? '') ?? type);
    const isInnerKnown = isField ? isObjectType(inner) : isKnown;
    return [{ ...selection, selectionSet: withoutTypes(selection.selectionSet, inner, isInnerKnown, schema) }];
  });
  return selections.length > 0 ? { ...selectionSet, selections } : selectionSet;
}

function isPlainTypename(selection: SelectionNode): boolean {
  return (
    selection.kind === Kind.FIELD &&
    selection.name.value === '__typename' &&
    !selection.alias &&
    !selection.directives?.length
  );
}

/** The named type of a field; undefined if the schema has no such field. */
export function typeOf(parent: GraphQLNamedType | undefined, name: string): GraphQLNamedType | undefined {
  if (!parent || !('getFields' in parent)) return undefined;
  const field = parent.getFields()[name];
  return field && getNamedType(field.type);
}

function leavesOf({ definitions: [definition] }: DocumentNode): string[] | undefined {
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return undefined;
  const [entities] = definition.selectionSet.selections;
  if (entities?.kind !== Kind.FIELD || entities.name.value !== '_entities') return undefined;
  const fields = entities.selectionSet?.selections.flatMap((selection) =>
    selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet.selections : selection,
  );
  const leaves = fields?.flatMap((field) =>
    field.kind === Kind.FIELD && !field.selectionSet ? [(field.alias ?? field.name).value] : [],
  );
  return fields?.length === leaves?.length ? leaves : undefined;
}
