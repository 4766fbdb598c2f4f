/**
 * Apollo Server in front of the pipeline. Apollo Server does the HTTP protocol, automatic persisted queries, CSRF prevention and usage
 * reports. The pipeline does limits, validation, planning and execution. One instance per schema.
 */
import { ApolloServer, HeaderMap, type ApolloServerPlugin, type HTTPGraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginUsageReporting } from '@apollo/server/plugin/usageReporting';
import { GraphQLError, type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { IncomingMessage } from 'node:http';
import { ApiError, type ErrorCode } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import type { ExecutionScope } from '../../execution/execution-scope';
import type { CachePolicy } from '../../planning/cache-policy';
import { isTooManyTokens } from '../../planning/prepare';
import type { Supergraph } from '../../supergraph/supergraph';
import type { Admitted, OperationRequest } from '../../operations/admission';
import type { Caller, RequestPipeline } from '../../operations/request-pipeline';
import { accepts, WHOLE_RESPONSE } from './accept';
import type { QueryStore } from './query-stores';

/** One HTTP request, or one of a batch. */
export interface HttpCall {
  readonly caller: Caller;
  readonly scope: ExecutionScope;
  /** The client's `Accept` header. */
  readonly accept?: string;
}

/** The outcome of a call: a response, or a subscription for the caller to serve. */
export type HttpOutcome =
  | {
      readonly kind: 'response';
      readonly response: HTTPGraphQLResponse;
      /** Whether it was a well-formed GraphQL request, even if its operation was refused. */
      readonly isWellFormed: boolean;
    }
  | { readonly kind: 'subscription'; readonly admitted: Admitted };

/** Collects what plugin hooks learn about a request, as Apollo Server returns only the response. */
interface Findings {
  isWellFormed: boolean;
  subscription?: Admitted;
}

/** Apollo Server copies the context for each operation of a batch; they share `call` and `findings`. */
type ApolloContext = { call: HttpCall; findings: Findings } | { outcome: Promise<FormattedExecutionResult> };

export interface ApolloFrontOptions {
  pipeline: RequestPipeline;
  /** Store of persisted queries; in memory if absent. */
  queryStore?: QueryStore;
  maxTokens: number;
  /** Whether a GET must look like a GraphQL client's: any page or program can be tricked into sending a GET. */
  isGetStrict: boolean;
  /** Absent without usage reports. */
  studio?: StudioAccount;
  log: Logger;
}

/** The receiver of usage reports. */
export interface StudioAccount {
  key: string;
  /** `graph@variant` */
  graphRef: string;
  /** Apollo's own endpoint if absent. */
  endpoint?: string;
}

/** Lifetime of an automatic persisted query, in seconds. */
const QUERY_TTL_SECONDS = 7 * 24 * 3600;

export class ApolloFront implements AsyncDisposable {
  private constructor(
    private readonly server: ApolloServer<ApolloContext>,
    private readonly isGetStrict: boolean,
    private readonly log: Logger,
  ) {}

  static async start(supergraph: Supergraph, options: ApolloFrontOptions): Promise<ApolloFront> {
    const { queryStore, maxTokens, studio, log } = options;
    const server = new ApolloServer<ApolloContext>({
      schema: supergraph.apiSchema,
      // The pipeline validates after it has checked the document's limits.
      dangerouslyDisableValidation: true,
      parseOptions: maxTokens > 0 ? { maxTokens } : {},
      formatError: (formatted, error) => {
        if (isTooManyTokens(formatted)) return withCode(formatted, 'LIMIT_EXCEEDED');
        return isAboutRequest(error) ? withCode(formatted, 'BAD_REQUEST') : formatted;
      },
      allowBatchedHttpRequests: true,
      includeStacktraceInErrorResponses: false,
      persistedQueries: { cache: queryStore, ttl: QUERY_TTL_SECONDS },
      stopOnTerminationSignals: false,
      logger: log,
      apollo: studio ? { key: studio.key, graphRef: studio.graphRef } : {},
      plugins: [
        ApolloServerPluginCacheControlDisabled(),
        ApolloServerPluginInlineTraceDisabled(),
        ApolloServerPluginLandingPageDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
        studio ? usageReports(studio, options.pipeline) : ApolloServerPluginUsageReportingDisabled(),
        answerByPipeline(options.pipeline),
      ],
    });
    await server.start();
    return new ApolloFront(server, options.isGetStrict, log);
  }

  /** Handles one request whose body was read and parsed. Never rejects. */
  async handle(request: IncomingMessage, body: unknown, call: HttpCall): Promise<HttpOutcome> {
    const url = request.url ?? '';
    const query = url.indexOf('?');
    const findings: Findings = { isWellFormed: false };
    const response = await this.server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? 'GET',
        headers: headersOf(request, this.isGetStrict),
        search: query < 0 ? '' : url.slice(query),
        body,
      },
      context: async () => ({ call, findings }),
    });
    const { isWellFormed, subscription } = findings;
    return subscription
      ? { kind: 'subscription', admitted: subscription }
      : { kind: 'response', response, isWellFormed };
  }

  /** Reports an operation of another transport. The client's name comes from `extensions.clientInfo`. */
  report(
    { query, operationName, variables, extensions }: OperationRequest,
    outcome: Promise<FormattedExecutionResult>,
  ) {
    const request = {
      query,
      operationName: operationName ?? undefined,
      variables: variables as Record<string, unknown> | undefined,
      extensions: { clientInfo: extensions?.clientInfo },
    };
    this.server.executeOperation(request, { contextValue: { outcome } }).catch((error: unknown) => {
      this.log.warn({ err: error }, 'operation could not be reported to Apollo Studio');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

/** Reports counts, durations, errors and fields of operations. Durations of single fields are known to subgraphs only. */
function usageReports({ endpoint }: StudioAccount, pipeline: RequestPipeline): ApolloServerPlugin<ApolloContext> {
  return ApolloServerPluginUsageReporting({
    endpointUrl: endpoint,
    fieldLevelInstrumentation: 0,
    // The fields of an invalid operation cannot be resolved, so it is only counted.
    includeRequest: async ({ source, request }) => pipeline.admission.isValid(source ?? '', request.operationName),
  });
}

function answerByPipeline(pipeline: RequestPipeline): ApolloServerPlugin<ApolloContext> {
  const hooks = {
    async didResolveSource({ contextValue }: HookContext) {
      if ('call' in contextValue) contextValue.findings.isWellFormed = true;
    },
    async didEncounterErrors({ contextValue, errors }: Pick<HookContext, 'contextValue' | 'errors'>) {
      // Errors of Apollo Server itself: a syntax error, or an unknown hash.
      if ('call' in contextValue) pipeline.noteRefusal(errors ?? []);
    },
    async responseForOperation(context: HookContext) {
      const { request, source, requestIsBatched, contextValue } = context;
      if ('outcome' in contextValue) return respond(noteErrors(context, await contextValue.outcome));
      const { call, findings } = contextValue;
      const { operationName, variables, extensions } = request;
      const admitted = pipeline.admit({ query: source, operationName, variables, extensions });
      if ('errors' in admitted) return respond({ errors: [...admitted.errors] }, 400);
      // Apollo Server checks the kind by the client's operation name, and misses an empty one.
      if (request.http?.method === 'GET' && admitted.prepared.kind !== 'query') {
        pipeline.noteRefusal([NOT_BY_GET.toJSON()]);
        return respond({ errors: [NOT_BY_GET.toJSON()] }, 405, undefined, { allow: 'POST' });
      }
      if (admitted.prepared.kind === 'subscription') {
        if (requestIsBatched) return respond({ errors: [NOT_IN_A_BATCH.toJSON()] }, 400);
        findings.subscription = admitted;
        return respond({ data: null });
      }
      // Apollo Server negotiates the type only after a mutation has run.
      if (!accepts(call, ...WHOLE_RESPONSE))
        return respond({ errors: [NOT_ACCEPTABLE.toJSON()] }, 406, undefined, JSON_TYPE);
      const result = noteErrors(context, await pipeline.run(admitted, call.scope));
      return respond(result, undefined, result.errors ? undefined : admitted.cachePolicy);
    },
  };
  return { requestDidStart: async () => hooks };
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const NOT_ACCEPTABLE = new ApiError(
  'BAD_REQUEST',
  'The response is application/json or application/graphql-response+json; accept one of them.',
);
const NOT_BY_GET = new ApiError('BAD_REQUEST', 'Send mutations and subscriptions by POST.');
const NOT_IN_A_BATCH = new ApiError('BAD_REQUEST', 'A subscription cannot be part of a batch.');

interface HookContext {
  request: {
    http?: { method: string };
    operationName?: string;
    variables?: Record<string, unknown>;
    extensions?: Record<string, unknown>;
  };
  source: string;
  requestIsBatched: boolean;
  contextValue: ApolloContext;
  /** Read by usage reports only. */
  errors?: readonly GraphQLError[];
}

function noteErrors(context: HookContext, result: FormattedExecutionResult): FormattedExecutionResult {
  context.errors = result.errors?.map(
    ({ message, path, extensions }) => new GraphQLError(message, { path, extensions }),
  );
  return result;
}

function respond(
  singleResult: FormattedExecutionResult,
  status?: number,
  policy?: CachePolicy,
  others: Record<string, string> = {},
) {
  const headers = new HeaderMap(Object.entries(others));
  if (policy) for (const [name, value] of Object.entries(cacheHeaders(policy))) headers.set(name, value);
  return { body: { kind: 'single' as const, singleResult }, http: { status, headers } };
}

/** `vary` keeps a browser from reusing a response for another viewer, and a proxy from reusing it for another origin. */
export function cacheHeaders({ maxAge, scope }: CachePolicy): Record<string, string> {
  return { 'cache-control': `max-age=${maxAge}, ${scope.toLowerCase()}`, vary: 'origin, accept, authorization' };
}

/** Apollo Server's refusals with a status but no code: a wrong hash or version of a persisted query. */
function isAboutRequest(error: unknown): boolean {
  const { code, http } = (error as GraphQLError).extensions as { code?: string; http?: { status?: number } };
  return code === undefined && http?.status === 400;
}

function withCode(error: GraphQLFormattedError, code: ErrorCode): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, code } };
}

function headersOf({ method, headers }: IncomingMessage, isGetStrict: boolean): HeaderMap {
  const map = new HeaderMap();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // A request from a program or from our own origin cannot be forged by another site.
  const isOwn = !isCrossSite(headers);
  if (isOwn && (method !== 'GET' || !isGetStrict || isOfGraphQLClient(headers))) {
    map.set('apollo-require-preflight', 'true');
  }
  return map;
}

/** GraphQL clients send an Accept header for JSON or a token. Browsers mark requests of the same origin. */
function isOfGraphQLClient({ accept = '', authorization, ...headers }: IncomingMessage['headers']): boolean {
  return (
    /\bapplication\/(json|graphql-response\+json)\b/i.test(accept) ||
    authorization !== undefined ||
    headers['sec-fetch-site'] === 'same-origin'
  );
}

/** Browsers mark cross-site requests. A request without any such mark comes from a program. */
function isCrossSite(headers: IncomingMessage['headers']): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return headers.origin !== undefined || headers.referer !== undefined || headers.cookie !== undefined;
}
