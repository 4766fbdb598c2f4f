/** The plugin by which Apollo Server answers operations through the pipeline. Knows no HTTP server; `apollo-front.ts` starts one. */
import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, type FormattedExecutionResult } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { ExecutionScope } from '../../execution/execution-scope';
import type { Admitted } from '../../operations/admission';
import type { Caller, RequestPipeline } from '../../operations/request-pipeline';
import type { CachePolicy } from '../../planning/cache-policy';
import { accepts, WHOLE_RESPONSE } from './accept';

/** One HTTP request, or one of a batch. */
export interface HttpCall {
  readonly caller: Caller;
  readonly scope: ExecutionScope;
  /** The client's `Accept` header. */
  readonly accept?: string;
}

/** Collects what plugin hooks learn about a request, as Apollo Server returns only the response. */
export interface Findings {
  isWellFormed: boolean;
  subscription?: Admitted;
  /** Whether an operation was refused for the caller's token. */
  isRefused?: boolean;
  /** Whether an operation was not. */
  isAccepted?: boolean;
}

/** Apollo Server copies the context for each operation of a batch; they share `call` and `findings`. */
export type ApolloContext = { call: HttpCall; findings: Findings } | { outcome: Promise<FormattedExecutionResult> };

export function answerByPipeline(pipeline: RequestPipeline): ApolloServerPlugin<ApolloContext> {
  const hooks = {
    async didResolveSource({ contextValue, request, source, queryHash }: HookContext) {
      if (!('call' in contextValue)) return;
      contextValue.findings.isWellFormed = true;
      if (queryHash && request.extensions?.persistedQuery) pipeline.learn(queryHash, source);
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
      const { refusal } = call.caller;
      if (refusal && ('errors' in admitted || !admitted.needsNoViewer)) {
        findings.isRefused = true;
        return respond({ errors: [refusal.toJSON()] });
      }
      findings.isAccepted = true;
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
  /** SHA-256 of `source`, in hexadecimal. */
  queryHash?: string;
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
