/** Runs requests against a subgraph's schema, for the HTTP server and for callers in the same process. Refuses unsigned requests. */
import {
  createSourceEventStream,
  execute,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { actingAs, type CurrentActor } from '../auth/current-actor';
import { clientFrom } from '../auth/client';
import type { Viewer } from '../auth/viewer';
import { VIEWER_HEADER, type ViewerHeader } from '../auth/viewer-header';
import type { EntityManager } from '../database/database';
import { unauthenticated } from '../errors';
import { CORRELATION_HEADER, correlationIdFrom, withCorrelation, type Logger } from '../logging';
import { AUTHORIZE_ONLY } from './build-schema';
import type { SubgraphContext } from './context';
import { executeDelayed } from './delayed-event';
import { DirectCall, type DirectMutation, type DirectResult } from './direct-mutation';
import { EventResults } from './event-results';
import { FieldTraces, TRACE_HEADER } from './field-traces';
import { formatErrors } from './format-error';
import { isPaced } from './live-directives';
import type { ReplicaReads } from './replica-reads';
import {
  AUTHORIZED,
  HEALTH_HEADER,
  START_CURSOR_HEADER,
  StreamFailed,
  type CallOptions,
  type GraphQLRequest,
  type GraphQLService,
  type Subscribed,
} from './service';
import { SharedResults } from './shared-results';
import { startCursorOf } from './start-cursor';
import type { Health } from './subgraph';

export interface SchemaServiceOptions<Context extends SubgraphContext> {
  schema: GraphQLSchema;
  viewerHeader: ViewerHeader;
  /** The health of the parts that it depends on; absent if there are none. */
  health?: () => Promise<Health>;
  /**
   * A context for one request or event; `headers` are the request's, lower case (see auth/client.ts).
   * @param em the unit of work of the context; by default one on the primary
   * @throws the error for the client, such as SERVICE_UNAVAILABLE.
   */
  createContext(viewer: Viewer | null, headers: Record<string, string>, em?: EntityManager): Context;
  /** Absent if all reads go to the primary. */
  replicaReads?: ReplicaReads;
  /** By name. */
  directMutations?: ReadonlyMap<string, DirectMutation>;
  log: Logger;
}

type Prepared =
  { document: DocumentNode; direct: DirectCall | undefined; isPaced: boolean } | { errors: readonly GraphQLError[] };
type Arguments<Context> = {
  schema: GraphQLSchema;
  document: DocumentNode;
  contextValue: Context;
  variableValues?: Record<string, unknown>;
  operationName?: string;
};

export class SchemaService<Context extends SubgraphContext> implements GraphQLService {
  private readonly prepared = new LRUCache<string, Prepared>({ max: 2000 });
  private readonly sharedResults = new SharedResults();
  private instrumented: GraphQLSchema | undefined;

  constructor(private readonly options: SchemaServiceOptions<Context>) {}

  /** Whether an operation is called many times a second, so that one line of log for each would be too much. Known after its first run. */
  isPaced({ query }: GraphQLRequest): boolean {
    const prepared = this.prepared.get(query);
    return prepared !== undefined && 'isPaced' in prepared && prepared.isPaced;
  }

  execute(request: GraphQLRequest, call: CallOptions): Promise<ExecutionResult> {
    return this.executeDirectly(request, call) ?? this.executeWhole(request, call);
  }

  /** Undefined unless the request certainly has the same result as by {@link executeWhole}. */
  private executeDirectly(request: GraphQLRequest, call: CallOptions): Promise<ExecutionResult> | undefined {
    if (TRACE_HEADER in call.headers || HEALTH_HEADER in call.headers) return undefined;
    const prepared = this.prepared.get(request.query);
    if (!prepared || 'errors' in prepared || !prepared.direct) return undefined;
    const { document, direct } = prepared;
    const { headers } = call;
    const viewer = this.options.viewerHeader.verify(headers[VIEWER_HEADER]);
    if (!viewer) return undefined;
    let context: Context | undefined;
    const contextOf = () => (context ??= this.options.createContext(viewer, headers));
    const complete = (rootValue: DirectResult) =>
      this.guarded(call, async () => execute({ ...this.argumentsFor(document, request, contextOf()), rootValue }));
    const run = () =>
      direct.run(request, { viewer, headers, context: contextOf as never }, complete, (error) =>
        this.formatted([error], call),
      );
    const correlationId = correlationIdFrom(headers[CORRELATION_HEADER]);
    const running = withCorrelation(correlationId, () => actingAs(actorOf(viewer, call), run));
    return running?.then((result) => result ?? this.executeWhole(request, call));
  }

  private executeWhole(request: GraphQLRequest, call: CallOptions): Promise<ExecutionResult> {
    const isTraced = call.headers[TRACE_HEADER] === 'ftv1';
    const run = async (args: Arguments<Context>) => (isTraced ? this.executeTraced(args) : execute(args));
    const { replicaReads } = this.options;
    if (!replicaReads) return this.answer(request, call, run);
    return this.answer(
      request,
      call,
      async (args) => (await this.fromReplica(replicaReads, args, call, run)) ?? run(args),
    );
  }

  /** The answer of a replica; undefined if the primary is to answer. It also answers whatever a replica has answered with errors. */
  private async fromReplica(
    replicaReads: ReplicaReads,
    args: Arguments<Context>,
    call: CallOptions,
    run: (args: Arguments<Context>) => Promise<ExecutionResult>,
  ): Promise<ExecutionResult | undefined> {
    const em = await replicaReads.fork(args);
    if (!em) return undefined;
    const contextValue = this.options.createContext(args.contextValue.viewer, call.headers, em);
    const result = await run({ ...args, contextValue });
    if (!result.errors) return result;
    replicaReads.failed();
    return undefined;
  }

  private async executeTraced(args: Arguments<Context>): Promise<ExecutionResult> {
    this.instrumented ??= FieldTraces.instrument(args.schema);
    const traces = new FieldTraces(args.contextValue);
    const result = await execute({ ...args, schema: this.instrumented });
    return { ...result, extensions: { ...result.extensions, ftv1: traces.encode(result.errors) } };
  }

  async authorize(request: GraphQLRequest, call: CallOptions): Promise<ExecutionResult> {
    const decision = await this.answer(request, call, async (args) => {
      const stream = await createSourceEventStream({
        ...args,
        contextValue: Object.assign(args.contextValue, { [AUTHORIZE_ONLY]: true }),
      });
      return 'errors' in stream ? stream : { data: null };
    });
    return { ...decision, extensions: AUTHORIZED };
  }

  async subscribe(request: GraphQLRequest, call: CallOptions): Promise<Subscribed> {
    let events: EventResults | undefined;
    const { query, operationName, variables } = request;
    const sharingKey = call.isReadOnly ? JSON.stringify([query, operationName, variables]) : undefined;
    const refused = await this.answer(request, call, async (args) => {
      const source = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in source)) return source;
      const start = { extensions: { startCursor: startCursorOf(source) ?? null } };
      events = new EventResults(
        source,
        (together) => this.executeTogether(together, args, call, sharingKey, () => events?.isOver ?? false),
        (error) => new StreamFailed(this.formatted([error], call)),
        START_CURSOR_HEADER in call.headers ? start : undefined,
      );
      return { data: null };
    });
    return events ?? { errors: refused.errors! };
  }

  /** Shares one context among the events of an attempt, so that their loads are batched. Without a sharing key, no result is shared. */
  private executeTogether(
    events: readonly unknown[],
    args: Arguments<Context>,
    call: CallOptions,
    sharingKey: string | undefined,
    isOver: () => boolean,
  ): Promise<ExecutionResult>[] {
    const { viewer } = args.contextValue;
    const contexts: Context[] = [];
    const contextOf = (attempt: number) => (contexts[attempt] ??= this.options.createContext(viewer, call.headers));
    const executeOne = (rootValue: unknown) =>
      this.guarded(call, () =>
        executeDelayed({
          execute: async (attempt) => execute({ ...args, rootValue, contextValue: contextOf(attempt) }),
          isHealthy: () => this.isHealthy(),
          isOver,
        }),
      );
    return events.map((event) =>
      sharingKey === undefined ? executeOne(event) : this.sharedResults.of(event, sharingKey, () => executeOne(event)),
    );
  }

  private async isHealthy(): Promise<boolean> {
    return Object.values((await this.options.health?.()) ?? {}).every(Boolean);
  }

  private answer(
    request: GraphQLRequest,
    call: CallOptions,
    run: (args: Arguments<Context>) => Promise<ExecutionResult>,
  ): Promise<ExecutionResult> {
    return this.guarded(call, async () => {
      const viewer = this.options.viewerHeader.verify(call.headers[VIEWER_HEADER]);
      if (viewer === undefined) throw unauthenticated('This subgraph answers its gateway only.');
      if (HEALTH_HEADER in call.headers)
        return { data: {}, extensions: { health: (await this.options.health?.()) ?? {} } };
      const prepared = this.prepare(request.query);
      if ('errors' in prepared) return prepared;
      const context = this.options.createContext(viewer, call.headers);
      const args = this.argumentsFor(prepared.document, request, context);
      return actingAs(actorOf(viewer, call), () => run(args));
    });
  }

  private argumentsFor(
    document: DocumentNode,
    { variables, operationName }: GraphQLRequest,
    contextValue: Context,
  ): Arguments<Context> {
    return { schema: this.options.schema, document, contextValue, variableValues: variables, operationName };
  }

  /** Every thrown error becomes an error of the result, and every error is formatted in one place. */
  private guarded(call: CallOptions, work: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    return withCorrelation(correlationIdFrom(call.headers[CORRELATION_HEADER]), async () => {
      try {
        const result = await work();
        return result.errors ? { ...result, errors: formatErrors(result.errors, this.options.log) } : result;
      } catch (error) {
        return { errors: formatErrors([error], this.options.log) };
      }
    });
  }

  private formatted(errors: readonly unknown[], call: CallOptions): NonNullable<ExecutionResult['errors']> {
    const correlationId = correlationIdFrom(call.headers[CORRELATION_HEADER]);
    return withCorrelation(correlationId, () => formatErrors(errors, this.options.log));
  }

  private prepare(query: string): Prepared {
    const known = this.prepared.get(query);
    if (known) return known;
    const fresh = this.check(query);
    this.prepared.set(query, fresh);
    return fresh;
  }

  private check(query: string): Prepared {
    try {
      const document = parse(query);
      const errors = validate(this.options.schema, document);
      if (errors.length > 0) return { errors };
      const { schema, directMutations } = this.options;
      const direct = directMutations && DirectCall.of(document, schema, directMutations);
      return { document, direct, isPaced: isPaced(document, schema) };
    } catch (error) {
      return { errors: [error as GraphQLError] };
    }
  }
}

const actorOf = (viewer: Viewer | null, { headers }: CallOptions): CurrentActor => ({
  actorId: viewer?.id ?? null,
  address: clientFrom(headers).address,
});
