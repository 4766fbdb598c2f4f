/**
 * Apollo Server in front of the pipeline. Apollo Server does the HTTP protocol, automatic persisted queries, CSRF prevention and usage
 * reports. The pipeline does limits, validation, planning and execution. One instance per schema.
 */
import { ApolloServer, type ApolloServerPlugin, type HTTPGraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginUsageReporting } from '@apollo/server/plugin/usageReporting';
import type { FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import { isTooManyTokens } from '../../planning/prepare';
import type { Supergraph } from '../../supergraph/supergraph';
import type { Admitted, OperationRequest } from '../../operations/admission';
import type { RequestPipeline } from '../../operations/request-pipeline';
import { headersOf } from './apollo-headers';
import { answerByPipeline, type ApolloContext, type Findings, type HttpCall } from './pipeline-plugin';
import type { QueryStore } from './query-stores';

/** The outcome of a call: a response, or a subscription for the caller to serve. */
export type HttpOutcome =
  | {
      readonly kind: 'response';
      readonly response: HTTPGraphQLResponse;
      /** Whether it was a well-formed GraphQL request, even if its operation was refused. */
      readonly isWellFormed: boolean;
    }
  | { readonly kind: 'subscription'; readonly admitted: Admitted }
  /** The caller's token was refused, and no operation of the request runs without it. */
  | { readonly kind: 'refused' };

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
    const { isWellFormed, subscription, isRefused, isAccepted } = findings;
    if (isRefused && !isAccepted) return { kind: 'refused' };
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

/** Apollo Server's refusals with a status but no code: a wrong hash or version of a persisted query. */
function isAboutRequest(error: unknown): boolean {
  const { code, http } = (error as GraphQLError).extensions as { code?: string; http?: { status?: number } };
  return code === undefined && http?.status === 400;
}

function withCode(error: GraphQLFormattedError, code: ErrorCode): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, code } };
}
