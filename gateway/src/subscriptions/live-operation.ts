/**
 * A subscription operation in the form that subscribers share: its resume argument becomes a variable of the gateway, and the
 * event's cursor is added to the selection. Computes the keys that decide about sharing. Executes nothing.
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
import { ApiError } from '@chat/kit/errors';
import { rightsOf, type Viewer } from '@chat/kit/auth/viewer';
import type { FetchStep, Step } from '../planning/compiled-plan';
import type { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import { canonicalJson } from './canonical-json';
import { anonymous, dependsOnViewer, resumeOf, rewrite, rootFields, type Resume } from './live-document';

type Variables = Readonly<Record<string, unknown>>;

export class LiveOperation {
  /** Query of a plan → whether it selects a viewer-dependent field. */
  private readonly viewerDependentQueries = new Map<string, boolean>();

  private constructor(
    /** The operation that runs, with the gateway's variable and the cursor. */
    readonly prepared: PreparedOperation,
    private readonly root: FieldNode,
    /** Whether the selection has a viewer-dependent field. */
    readonly isViewerDependent: boolean,
    private readonly resume?: Resume,
  ) {}

  /** `preparer` must have no limits: the client's document was checked, and this one is longer. */
  static from(
    original: PreparedOperation,
    preparer: OperationPreparer,
  ): LiveOperation | { errors: readonly GraphQLError[] } {
    const { supergraph, document } = original;
    const { prepared, root, resume } = prepareLive(original, preparer);
    if ('errors' in prepared) return prepared;
    try {
      const { primary, step } = prepared.wholePlan();
      const isViewerDependent =
        fetchesOf(primary, step).some(({ query }) => dependsOnViewer(supergraph, parse(query))) ||
        dependsOnViewer(supergraph, document);
      return new LiveOperation(prepared, root, isViewerDependent, resume);
    } catch (error) {
      if (error instanceof ApiError) return { errors: [error] };
      throw error;
    }
  }

  /** Makes the plans that `from` and the operation need, away from the event loop if they may take long. Rejects if there are none. */
  static async makePlans(
    original: PreparedOperation,
    preparer: OperationPreparer,
    variables: Variables,
  ): Promise<void> {
    const { prepared } = prepareLive(original, preparer);
    if ('makePlans' in prepared) await prepared.makePlans?.(variables);
  }

  get isResumable(): boolean {
    return this.resume !== undefined;
  }

  /**
   * Subscribers with equal keys get equal results and share. Anonymous subscribers never share with logged-in ones, since requests
   * for all of them are made on behalf of one. `isPrivate` keeps every account apart.
   */
  sharingKey(variables: Variables, viewer: Viewer | null, isPrivate = false): string {
    const viewers = viewersOf(isPrivate || this.isViewerDependent, viewer);
    return JSON.stringify([canonicalJson(variables), viewers, isPrivate, this.prepared.key]);
  }

  /** Viewers with equal keys may share the response to one fetch of the plan. */
  fetchSharingKey(query: string, viewer: Viewer | null): string {
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

  /** The variables that the operation uses, without the one that resumes. */
  ownVariables(variables: Variables): Record<string, unknown> {
    const own: Record<string, unknown> = {};
    for (const { variable } of this.prepared.operation.variableDefinitions ?? []) {
      const name = variable.name.value;
      if (name !== this.resume?.variable && name in variables) own[name] = variables[name];
    }
    return own;
  }

  /** `ownVariables` plus the cursor to resume from. Without a cursor, the argument is null, and its default does not apply. */
  upstreamVariables(ownVariables: Variables, cursor: string | undefined): Variables {
    if (!this.resume || (cursor === undefined && this.resume.argument.defaultValue === undefined)) return ownVariables;
    return { ...ownVariables, [this.resume.variable]: cursor === undefined ? null : this.resumeValue(cursor) };
  }

  /** The value of a cursor for the argument that resumes. */
  resumeValue(cursor: string): unknown {
    return JSON.parse(cursor);
  }

  /** The cursor that the client resumes from, given as a literal, a variable or the default. `variables` are coerced. */
  cursorGiven(variables: Variables): string | undefined {
    if (!this.resume) return undefined;
    const { argument } = this.resume;
    const node = this.root.arguments?.find(({ name }) => name.value === argument.name);
    const given = node && valueFromAST(node.value, argument.type, variables);
    return this.asCursor(given === undefined ? argument.defaultValue : given);
  }

  /** The cursor of an event from the subgraph. */
  cursorOf(event: ExecutionResult): string | undefined {
    return this.resume && this.asCursor(this.objectIn(event)?.[this.resume.cursorKey]);
  }

  /** Whether this result confirms that an upstream is live, and is no event. */
  isStart({ data, errors, extensions }: ExecutionResult): boolean {
    return data === undefined && !errors && extensions?.startCursor !== undefined;
  }

  /** The cursor in a result that confirms a start; undefined if the upstream cannot be resumed from it. */
  startCursorOf({ extensions }: ExecutionResult): string | undefined {
    return this.resume && this.asCursor(extensions?.startCursor);
  }

  /** Removes the gateway's cursor from a result. */
  strip(result: ExecutionResult): ExecutionResult {
    const object = this.resume && this.objectIn(result);
    if (object) delete object[this.resume.cursorKey];
    return result;
  }

  private objectIn({ data }: ExecutionResult): Record<string, unknown> | null | undefined {
    return data?.[(this.root.alias ?? this.root.name).value] as Record<string, unknown> | null | undefined;
  }

  /**
   * The cursor of a value; undefined for null. A cursor is the JSON of the value that the argument takes, so equal cursors are equal
   * strings and keep their type. If the cursor field has another built-in type than the argument (an Int that resumes an ID), the
   * value is converted.
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

/** The viewers with equal results: one account with equal rights, all accounts, or all anonymous clients. */
function viewersOf(isDependent: boolean, viewer: Viewer | null): string {
  return JSON.stringify(isDependent && viewer ? rightsOf(viewer) : viewer !== null);
}

/** The operation as it runs: with our variable, and with the cursor in its selection. */
function prepareLive(original: PreparedOperation, preparer: OperationPreparer) {
  const { supergraph, document } = original;
  const roots = rootFields(original);
  const root = roots[0]!;
  const field = supergraph.apiSchema.getSubscriptionType()!.getFields()[root.name.value]!;
  const resume = resumeOf(supergraph, field, original);
  const rewritten = resume ? rewrite(document, roots, field, resume) : document;
  return { prepared: preparer.prepare(supergraph, { query: print(anonymous(rewritten)) }), root, resume };
}

function fetchesOf(...steps: readonly (Step | undefined)[]): FetchStep[] {
  return steps.flatMap((step) => {
    if (!step) return [];
    if (step.kind === 'Fetch') return [step];
    return fetchesOf(...step.steps);
  });
}
