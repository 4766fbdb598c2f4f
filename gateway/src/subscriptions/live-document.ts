/** Analyses and rewrites a subscription's document for {@link LiveOperation}: resume argument, cursors and viewer-dependent fields. */
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isInterfaceType,
  isListType,
  isObjectType,
  isUnionType,
  Kind,
  parseType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { Supergraph } from '../supergraph/supergraph';

/** The nodes of the root field; several if selections are merged. */
export function rootFields({ operation, document }: PreparedOperation): FieldNode[] {
  const collect = ({ selections }: SelectionSetNode): FieldNode[] =>
    selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [selection];
      if (selection.kind === Kind.INLINE_FRAGMENT) return collect(selection.selectionSet);
      const fragment = document.definitions.find(
        (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
      );
      return fragment?.kind === Kind.FRAGMENT_DEFINITION ? collect(fragment.selectionSet) : [];
    });
  return collect(operation.selectionSet);
}

export interface Resume {
  /** The gateway's variable, which replaces the client's value of `argument`. */
  variable: string;
  argument: GraphQLArgument;
  /** The gateway's response key for the cursor of an event. */
  cursorKey: string;
  cursors: SelectionNode[];
}

/** How the operation's field resumes; undefined if it cannot. */
export function resumeOf(
  supergraph: Supergraph,
  field: GraphQLField<unknown, unknown>,
  { operation, document }: PreparedOperation,
): Resume | undefined {
  const marked = supergraph.resumable(field.name);
  const argument = field.args.find(({ name }) => name === marked?.argument);
  if (!marked || !argument || isListType(getNullableType(field.type))) return undefined;
  const keys = new Set<string>();
  visit(document, { Field: ({ alias, name }) => void keys.add((alias ?? name).value) });
  const cursorKey = nameBeside(keys, '__cursor');
  const cursors = cursorSelections(supergraph, field, marked.cursor, cursorKey);
  if (cursors.length === 0) return undefined;
  const variables = new Set(operation.variableDefinitions?.map((definition) => definition.variable.name.value));
  return { variable: nameBeside(variables, 'resumeFrom'), argument, cursorKey, cursors };
}

/** `name`, with underscores appended until it is not in `taken`. */
function nameBeside(taken: ReadonlySet<string>, name: string): string {
  return taken.has(name) ? nameBeside(taken, `${name}_`) : name;
}

/** Selects the cursor; on a union, once for each member that has one. */
function cursorSelections(
  { apiSchema }: Supergraph,
  field: GraphQLField<unknown, unknown>,
  cursor: string,
  cursorKey: string,
): SelectionNode[] {
  const select: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: cursorKey },
    name: { kind: Kind.NAME, value: cursor },
  };
  const type = getNamedType(field.type);
  if (isObjectType(type) || isInterfaceType(type)) return cursor in type.getFields() ? [select] : [];
  if (!isUnionType(type)) return [];
  return apiSchema
    .getPossibleTypes(type)
    .filter((member) => cursor in member.getFields())
    .map((member) => ({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: member.name } },
      selectionSet: { kind: Kind.SELECTION_SET, selections: [select] },
    }));
}

/** Passes the gateway's variable to the resume argument, adds the cursor, and drops variables that are no longer used. */
export function rewrite(
  document: DocumentNode,
  roots: readonly FieldNode[],
  field: GraphQLField<unknown, unknown>,
  resume: Resume,
): DocumentNode {
  const { variable, argument, cursors } = resume;
  const variableNode = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } } as const;
  const withCursor = visit(document, {
    Field(node) {
      if (!roots.includes(node) || node.name.value !== field.name) return undefined;
      return {
        ...node,
        arguments: [
          ...(node.arguments ?? []).filter(({ name }) => name.value !== argument.name),
          { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: argument.name }, value: variableNode },
        ],
        selectionSet: { kind: Kind.SELECTION_SET, selections: [...(node.selectionSet?.selections ?? []), ...cursors] },
      };
    },
  });
  const used = new Set<string>();
  visit(withCursor, {
    VariableDefinition: () => false,
    Variable: (node) => void used.add(node.name.value),
  });
  return visit(withCursor, {
    OperationDefinition: (node) => ({
      ...node,
      variableDefinitions: [
        ...(node.variableDefinitions ?? []).filter((definition) => used.has(definition.variable.name.value)),
        {
          kind: Kind.VARIABLE_DEFINITION,
          variable: variableNode,
          type: parseType(String(argument.type)),
        },
      ],
    }),
  });
}

/** The document without its operation name, which does not affect the result. */
export function anonymous(document: DocumentNode): DocumentNode {
  return visit(document, { OperationDefinition: (node) => ({ ...node, name: undefined }) });
}

/** Whether a selected field is viewer-dependent, in a client's document or in one for a subgraph. */
export function dependsOnViewer(supergraph: Supergraph, document: DocumentNode): boolean {
  const { fullSchema } = supergraph;
  const types = new TypeInfo(fullSchema);
  let depends = false;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const parent = types.getParentType();
        if (!parent) return;
        const related = isAbstractType(parent)
          ? [parent, ...fullSchema.getPossibleTypes(parent)]
          : [parent, ...('getInterfaces' in parent ? parent.getInterfaces() : [])];
        depends ||= related.some((type) => supergraph.isViewerDependent(type.name, node.name.value));
      },
    }),
  );
  return depends;
}
