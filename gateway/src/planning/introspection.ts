/** Separates an operation's introspection from the fields of subgraphs. */
import {
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

export interface SplitOperation {
  /** The operation without `__schema` and `__type`; undefined if nothing is left. */
  data?: DocumentNode;
  /** The operation's `__schema` and `__type` only; undefined if it has neither. */
  introspection?: DocumentNode;
}

/** Splits an operation's root fields. If both kinds occur, root fragments are inlined. */
export function splitIntrospection(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): SplitOperation {
  if (operation.operation !== 'query') return { data: document };
  const introspection = keepRootFields(operation.selectionSet, fragments, isIntrospection);
  if (!introspection) return { data: document };
  const data = keepRootFields(operation.selectionSet, fragments, (name) => !isIntrospection(name));
  return {
    introspection: documentOf(operation, introspection, fragments),
    data: data && documentOf(operation, data, fragments),
  };
}

function isIntrospection(fieldName: string): boolean {
  return fieldName === '__schema' || fieldName === '__type';
}

function keepRootFields(
  selectionSet: SelectionSetNode,
  fragments: Fragments,
  isKept: (fieldName: string) => boolean,
): SelectionSetNode | undefined {
  const selections = selectionSet.selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return isKept(selection.name.value) ? [selection] : [];
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value]! : selection;
    const kept = keepRootFields(fragment.selectionSet, fragments, isKept);
    if (!kept) return [];
    const { typeCondition } = fragment;
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, directives: selection.directives, selectionSet: kept }];
  });
  return selections.length > 0 ? { kind: Kind.SELECTION_SET, selections } : undefined;
}

/** A document for a part of the operation, with the fragments and variables that this part uses. */
function documentOf(
  operation: OperationDefinitionNode,
  selectionSet: SelectionSetNode,
  fragments: Fragments,
): DocumentNode {
  const used = new Map<string, FragmentDefinitionNode>();
  const variables = new Set<string>();
  const note = (node: OperationDefinitionNode | FragmentDefinitionNode | SelectionSetNode): void => {
    visit(node, {
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread: ({ name }) => {
        if (used.has(name.value)) return;
        used.set(name.value, fragments[name.value]!);
        note(fragments[name.value]!);
      },
    });
  };
  note(selectionSet);
  const variableDefinitions = operation.variableDefinitions?.filter(({ variable }) =>
    variables.has(variable.name.value),
  );
  return {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, selectionSet, variableDefinitions }, ...used.values()],
  };
}
