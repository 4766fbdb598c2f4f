/**
 * A subscription made ready to be shared: its resume argument becomes a variable of our own, the event's cursor is added
 * to the selection, and it is known whether the viewer matters. It says what two subscribers must have in common.
 */
import {
  getNamedType,
  GraphQLFloat,
  GraphQLInt,
  print,
  valueFromAST,
  type ExecutionResult,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLError,
} from 'graphql';
import type { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import { anonymous, CURSOR_KEY, dependsOnViewer, resumeOf, rewrite, rootFields } from './live-document';

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
    return this.resume && cursor !== undefined
      ? { ...ownVariables, [this.resume.variable]: this.resumeValue(cursor) }
      : ownVariables;
  }

  /** A cursor as the argument that resumes takes it: a number where that is an Int or Float. */
  resumeValue(cursor: string): string | number {
    const type = this.resume && getNamedType(this.resume.argument.type);
    return type === GraphQLInt || type === GraphQLFloat ? Number(cursor) : cursor;
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

  /** Where an upstream begins, if this is the result in which it says so instead of an event. */
  startCursorOf({ data, errors, extensions }: ExecutionResult): string | undefined {
    return this.resume && data === undefined && !errors ? asCursor(extensions?.startCursor) : undefined;
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
