/**
 * A subscription made ready to be shared: its resume argument becomes a variable of our own, the event's cursor is added
 * to the selection, and it is known whether the viewer matters. It says what two subscribers must have in common.
 */
import {
  getNullableType,
  parse,
  print,
  valueFromAST,
  type ExecutionResult,
  type FieldNode,
  type GraphQLError,
} from 'graphql';
import { rightsOf, type Viewer } from '@chat/kit/auth/viewer';
import type { FetchStep, Step } from '../planning/compiled-plan';
import type { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import { canonicalJson } from './canonical-json';
import { anonymous, dependsOnViewer, resumeOf, rewrite, rootFields, type Resume } from './live-document';

type Variables = Readonly<Record<string, unknown>>;

export class LiveOperation {
  /** Request of a plan → whether it asks for a field that differs between viewers. */
  private readonly viewerDependentQueries = new Map<string, boolean>();

  private constructor(
    /** The operation as it runs: with our variable and the cursor. */
    readonly prepared: PreparedOperation,
    private readonly root: FieldNode,
    /** Whether what it selects differs between viewers. */
    readonly isViewerDependent: boolean,
    private readonly resume?: Resume,
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
    const { primary, step } = prepared.wholePlan();
    const isViewerDependent =
      fetchesOf(primary, step).some(({ query }) => dependsOnViewer(supergraph, parse(query))) ||
      dependsOnViewer(supergraph, document);
    return new LiveOperation(prepared, roots[0]!, isViewerDependent, resume);
  }

  get isResumable(): boolean {
    return this.resume !== undefined;
  }

  /**
   * What subscribers must have in common to share: equal keys mean equal results. Who has not logged in shares with nobody
   * who has, as what is asked on behalf of all of them is asked on behalf of one. `isPrivate`: viewers share with nobody else.
   */
  identity(variables: Variables, viewer: Viewer | null, isPrivate = false): string {
    const viewers = viewersOf(isPrivate || this.isViewerDependent, viewer);
    return JSON.stringify([canonicalJson(variables), viewers, isPrivate, this.prepared.key]);
  }

  /** Who may share the answer to a request of the plan, as text that is equal for those who may. */
  sharersOf(query: string, viewer: Viewer | null): string {
    return viewersOf(this.isViewerDependent && this.asksForViewer(query), viewer);
  }

  private asksForViewer(query: string): boolean {
    let depends = this.viewerDependentQueries.get(query);
    if (depends === undefined) {
      depends = dependsOnViewer(this.prepared.supergraph, parse(query));
      this.viewerDependentQueries.set(query, depends);
    }
    return depends;
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

  /** `ownVariables` with a cursor to resume from, as the upstream is to get them. Without one the argument's default does not hold. */
  upstreamVariables(ownVariables: Variables, cursor: string | undefined): Variables {
    if (!this.resume || (cursor === undefined && this.resume.argument.defaultValue === undefined)) return ownVariables;
    return { ...ownVariables, [this.resume.variable]: cursor === undefined ? null : this.resumeValue(cursor) };
  }

  /** A cursor as the argument that resumes takes it. */
  resumeValue(cursor: string): unknown {
    return JSON.parse(cursor);
  }

  /** The cursor that a client asks to resume from, in whatever way it gives it. `variables` are coerced. */
  cursorGiven(variables: Variables): string | undefined {
    if (!this.resume) return undefined;
    const { argument } = this.resume;
    const node = this.root.arguments?.find(({ name }) => name.value === argument.name);
    const given = node && valueFromAST(node.value, argument.type, variables);
    return this.asCursor(given === undefined ? argument.defaultValue : given);
  }

  /** The cursor of an event as its subgraph gave it. */
  cursorOf(event: ExecutionResult): string | undefined {
    return this.resume && this.asCursor(this.objectIn(event)?.[this.resume.cursorKey]);
  }

  /** Where an upstream begins, if this is the result in which it says so instead of an event. */
  startCursorOf({ data, errors, extensions }: ExecutionResult): string | undefined {
    return data === undefined && !errors ? this.asCursor(extensions?.startCursor) : undefined;
  }

  /** Takes what was added for our own use out of a result. */
  strip(result: ExecutionResult): ExecutionResult {
    const object = this.resume && this.objectIn(result);
    if (object) delete object[this.resume.cursorKey];
    return result;
  }

  private objectIn({ data }: ExecutionResult): Record<string, unknown> | null | undefined {
    return data?.[(this.root.alias ?? this.root.name).value] as Record<string, unknown> | null | undefined;
  }

  /**
   * The cursor that a value is; undefined for none. Cursors are kept as JSON of the value that the argument takes, so that equal ones are equal texts, and each goes back as
   * what it was. A cursor field may be of another built-in type than the argument: a number that an ID resumes, say.
   */
  asCursor(value: unknown): string | undefined {
    if (!this.resume || value === undefined || value === null) return undefined;
    const type = String(getNullableType(this.resume.argument.type));
    const isNumber = type === 'Int' || type === 'Float';
    if (isNumber && typeof value === 'string' && Number.isFinite(Number(value))) return JSON.stringify(Number(value));
    const isText = type === 'String' || type === 'ID';
    return isText && typeof value === 'number' ? JSON.stringify(String(value)) : canonicalJson(value);
  }
}

/** Whose answers are the same as a viewer's: those of the account with the same rights, or of everybody who has logged in, or who has not. */
function viewersOf(isDependent: boolean, viewer: Viewer | null): string {
  return JSON.stringify(isDependent && viewer ? rightsOf(viewer) : viewer !== null);
}

function fetchesOf(...steps: readonly (Step | undefined)[]): FetchStep[] {
  return steps.flatMap((step) => {
    if (!step) return [];
    if (step.kind === 'Fetch') return [step];
    return fetchesOf(...step.steps);
  });
}
