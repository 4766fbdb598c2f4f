/** `/graphql` over plain HTTP: identifies the caller, applies the rate limit, and delegates to Apollo Server and the pipeline. */
import type { HTTPGraphQLResponse } from '@apollo/server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '@chat/kit/errors';
import { correlationIdFrom, CORRELATION_HEADER, withCorrelation, type Logger } from '@chat/kit/logging';
import type { UncheckedRequest } from '../../limits/housekeeping';
import type { Admitted } from '../../operations/admission';
import type { RequestPipeline } from '../../operations/request-pipeline';
import type { ApolloFront, HttpOutcome } from './apollo-front';
import { readJson } from './body';
import { clientOf, traceOf } from './client';
import { addDefaultHeader } from './gateway-response';
import { KnownOperations, type KnownOperation } from './known-operations';
import { cacheHeaders, type HttpCall } from './pipeline-plugin';
import { sendError, sendText, setAllowance } from './respond';

export interface GraphQLHandlerOptions {
  pipeline: RequestPipeline;
  /** The front of the current supergraph. */
  front: () => ApolloFront;
  maxBodyBytes: number;
  maxBatch: number;
  trustedProxies: number;
  /** Whether operations are reported to Apollo Studio. */
  isReporting: boolean;
  /** Serves a subscription on an HTTP response (SSE or multipart). @returns false if the client accepts neither. */
  stream?: (request: IncomingMessage, response: ServerResponse, admitted: Admitted, call: HttpCall) => boolean;
  log: Logger;
}

export class GraphQLHandler {
  private readonly known: KnownOperations;

  constructor(private readonly options: GraphQLHandlerOptions) {
    this.known = new KnownOperations(options.pipeline, options.isReporting);
  }

  /** Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const correlationId = correlationIdFrom(request.headers[CORRELATION_HEADER]);
    addDefaultHeader(response, CORRELATION_HEADER, correlationId);
    return withCorrelation(correlationId, () =>
      this.answer(request, response, correlationId).catch((error: unknown) => {
        this.refuse(response, error, correlationId);
      }),
    );
  }

  private async answer(request: IncomingMessage, response: ServerResponse, correlationId: string): Promise<void> {
    const { pipeline, maxBodyBytes, trustedProxies } = this.options;
    const caller = await pipeline.recognise(request.headers.authorization, clientOf(request, trustedProxies));
    const body = request.method === 'POST' ? await readJson(request, maxBodyBytes) : undefined;
    const allowance = await pipeline.count(caller, this.requestsIn(request, body));
    if (allowance) setAllowance(response, allowance);
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableEnded) gone.abort();
    });
    const trace = traceOf(request);
    const call: HttpCall = {
      caller,
      scope: pipeline.scopeFor(caller, { correlationId, trace, signal: gone.signal }),
      accept: request.headers.accept,
    };
    const known = this.known.find(request, body);
    if (known) {
      pipeline.demandToken(caller, known.admitted);
      return await this.answerKnown(response, known, call);
    }
    const outcome = await this.options.front().handle(request, body, call);
    if (gone.signal.aborted) return;
    if (outcome.kind === 'refused') return pipeline.demandToken(caller);
    if (outcome.kind === 'subscription') return this.subscribe(request, response, outcome.admitted, call);
    const status = statusOf(outcome, request.headers.accept);
    if (status === 200) this.known.learn(request, outcome.response.headers.get('content-type'));
    send(response, outcome.response, status);
  }

  private async answerKnown(response: ServerResponse, { admitted, contentType }: KnownOperation, { scope }: HttpCall) {
    const result = await this.options.pipeline.run(admitted, scope);
    if (scope.signal?.aborted) return;
    const caching = admitted.cachePolicy && !result.errors ? cacheHeaders(admitted.cachePolicy) : undefined;
    sendText(response, 200, contentType, JSON.stringify(result), caching);
  }

  /** At least one, since a malformed request counts as well. @throws LIMIT_EXCEEDED if a batch is too long or repeats an operation too often. */
  private requestsIn({ method, url = '' }: IncomingMessage, body: unknown): readonly UncheckedRequest[] {
    if (method === 'GET') return [requestIn(url)];
    if (!Array.isArray(body)) return [body ?? {}];
    const { maxBatch } = this.options;
    if (body.length <= maxBatch && maxBatch > 1) {
      refuseRepetition(body);
      return body.length === 0 ? [{}] : body.map((request: unknown) => request ?? {});
    }
    const message = maxBatch > 1 ? `A batch may have ${maxBatch} operations.` : 'Batches are disabled.';
    throw new ApiError('LIMIT_EXCEEDED', message, { what: 'batch', limit: maxBatch });
  }

  private subscribe(request: IncomingMessage, response: ServerResponse, admitted: Admitted, call: HttpCall): void {
    if (this.options.stream?.(request, response, admitted, call)) return;
    const message = 'Subscriptions need a WebSocket, or an Accept header with text/event-stream or multipart/mixed.';
    sendError(response, new ApiError('BAD_REQUEST', message), 406);
  }

  private refuse(response: ServerResponse, error: unknown, correlationId: string): void {
    if (response.headersSent) return void response.destroy();
    if (error instanceof ApiError) return sendError(response, error);
    this.options.log.error({ err: error }, 'request failed outside GraphQL');
    sendError(response, new ApiError('INTERNAL_SERVER_ERROR', 'Something went wrong.', { correlationId }));
  }
}

/** The text and hash of a GET request; a mutation or subscription by GET is refused. */
function requestIn(url: string): UncheckedRequest {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  return { query: parameters.get('query') ?? undefined, operationName: parameters.get('operationName') };
}

/** Repetitions of one operation in a batch. Clients that batch deduplicate, so more of them are an attack. */
const MAX_REPETITIONS = 5;

function refuseRepetition(batch: readonly unknown[]): void {
  const counts = new Map<string, number>();
  for (const operation of batch) {
    const text = JSON.stringify(operation);
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (count <= MAX_REPETITIONS) continue;
    const message = `A batch may repeat an operation ${MAX_REPETITIONS} times.`;
    throw new ApiError('LIMIT_EXCEEDED', message, { what: 'repetitions', limit: MAX_REPETITIONS });
  }
}

type HttpResponseOutcome = Extract<HttpOutcome, { kind: 'response' }>;

/** A client that accepts application/json expects status 200 for a well-formed request (GraphQL over HTTP, 6.4.1). */
function statusOf({ response, isWellFormed }: HttpResponseOutcome, accept = ''): number {
  const { status = 200, headers } = response;
  const isLegacy = accept.includes('application/json') && headers.get('content-type')?.startsWith('application/json');
  return status === 400 && isWellFormed && isLegacy ? 200 : status;
}

function send(response: ServerResponse, { headers, body }: HTTPGraphQLResponse, status: number): void {
  const text = body.kind === 'complete' ? body.string : '';
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader('content-length', Buffer.byteLength(text));
  response.statusCode = status;
  response.end(text);
}
