/**
 * A subscription made ready to be shared: its resume argument becomes a variable of our own, the event's cursor is added
 * to the selection, and it is known whether the viewer matters. It says what two subscribers must have in common.
 */
import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  print,
  TypeInfo,
  valueFromAST,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLError,
  type GraphQLField,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { Supergraph } from '../supergraph/supergraph';

/** The response key under which events bring their cursor; clients cannot select it, as such names are reserved. */
const CURSOR_KEY = '__cursor';

type Variables = Readonly<Record<string, unknown>>;

export class LiveOperation {
  private constructor(
    /** The operation as it runs: with our variable and the cursor. */
    readonly prepared: PreparedOperation,
    /** Whether some selected field differs between viewers. */
    readonly isViewerDependent: boolean,
    private readonly responseKey: string,
    private readonly resume?: { variable: string; argument: GraphQLArgument; given: FieldNode },
  ) {}

  /** `preparer` must have no limits: the text is ours by now, and the client's was measured. */
  static from(
    original: PreparedOperation,
    preparer: OperationPreparer,
  ): LiveOperation | { errors: readonly GraphQLError[] } {
    const { supergraph, document } = original;
    const roots = rootFields(original);
    const field = supergraph.apiSchema.getSubscriptionType()!.getFields()[roots[0]!.name.value]!;
    const resume = resumeOf(supergraph, field, original);
    const rewritten = resume ? rewrite(document, roots, field, resume) : document;
    const prepared = preparer.prepare(supergraph, { query: print(anonymous(rewritten)) });
    if ('errors' in prepared) return prepared;
    const [root] = roots;
    return new LiveOperation(
      prepared,
      dependsOnViewer(supergraph, document),
      root!.alias?.value ?? root!.name.value,
      resume && { variable: resume.variable, argument: resume.argument, given: root! },
    );
  }

  get isResumable(): boolean {
    return this.resume !== undefined;
  }

  /** What subscribers must have in common to share: equal keys mean equal results. */
  identity(variables: Variables, viewerId: string | undefined): string {
    return JSON.stringify([this.prepared.key, canonical(variables), this.isViewerDependent ? (viewerId ?? null) : 0]);
  }

  /** The variables that the operation uses, without the one that resumes it. */
  ownVariables(variables: Variables): Record<string, unknown> {
    const own: Record<string, unknown> = {};
    for (const { variable } of this.prepared.operation.variableDefinitions ?? []) {
      const name = variable.name.value;
      if (name !== this.resume?.variable && name in variables) own[name] = variables[name];
    }
    return own;
  }

  /** `ownVariables` with a cursor to resume from, as the upstream is to get them. */
  upstreamVariables(ownVariables: Variables, cursor: string | undefined): Variables {
    return this.resume && cursor !== undefined ? { ...ownVariables, [this.resume.variable]: cursor } : ownVariables;
  }

  /** The cursor that a client asks to resume from, in whatever way it gives it. `variables` are coerced. */
  cursorGiven(variables: Variables): string | undefined {
    if (!this.resume) return undefined;
    const { given, argument } = this.resume;
    const node = given.arguments?.find(({ name }) => name.value === argument.name);
    return asCursor(node ? valueFromAST(node.value, argument.type, variables) : argument.defaultValue);
  }

  /** The cursor of an event as its subgraph gave it. */
  cursorOf(event: ExecutionResult): string | undefined {
    if (!this.resume) return undefined;
    const root = event.data?.[this.responseKey] as Record<string, unknown> | null | undefined;
    return asCursor(root?.[CURSOR_KEY]);
  }

  /** Takes what was added for our own use out of a result. */
  strip(result: ExecutionResult): ExecutionResult {
    const root = this.resume && (result.data?.[this.responseKey] as Record<string, unknown> | null | undefined);
    if (root) delete root[CURSOR_KEY];
    return result;
  }
}

/** Cursors are strings, ids or numbers; all are compared as text. */
function asCursor(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** The same text for the same values, whatever order a client writes input fields in. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, canonical(item)]),
  );
}

/** The nodes of the one root field; there are several where selections are merged. */
function rootFields({ operation, document }: PreparedOperation): FieldNode[] {
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

interface Resume {
  variable: string;
  argument: GraphQLArgument;
  cursors: SelectionNode[];
}

function resumeOf(
  supergraph: Supergraph,
  field: GraphQLField<unknown, unknown>,
  { operation }: PreparedOperation,
): Resume | undefined {
  const marked = supergraph.resumable(field.name);
  const argument = field.args.find(({ name }) => name === marked?.argument);
  if (!marked || !argument || isNonNullType(argument.type)) return undefined;
  const cursors = cursorSelections(supergraph, field, marked.cursor);
  if (cursors.length === 0) return undefined;
  const taken = new Set(operation.variableDefinitions?.map((definition) => definition.variable.name.value));
  let variable = 'resumeFrom';
  while (taken.has(variable)) variable += '_';
  return { variable, argument, cursors };
}

/** Selects the cursor; on a union, once for each of its members that has one. */
function cursorSelections(
  { apiSchema }: Supergraph,
  field: GraphQLField<unknown, unknown>,
  cursor: string,
): SelectionNode[] {
  const select: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: CURSOR_KEY },
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

function rewrite(
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
          type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: getNamedType(argument.type).name } },
        },
      ],
    }),
  });
}

function anonymous(document: DocumentNode): DocumentNode {
  return visit(document, { OperationDefinition: (node) => ({ ...node, name: undefined }) });
}

function dependsOnViewer(supergraph: Supergraph, document: DocumentNode): boolean {
  const types = new TypeInfo(supergraph.apiSchema);
  let depends = false;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const parent = types.getParentType();
        if (!parent) return;
        const related = isAbstractType(parent)
          ? [parent, ...supergraph.apiSchema.getPossibleTypes(parent)]
          : [parent, ...('getInterfaces' in parent ? parent.getInterfaces() : [])];
        depends ||= related.some((type) => supergraph.isViewerDependent(type.name, node.name.value));
      },
    }),
  );
  return depends;
}
