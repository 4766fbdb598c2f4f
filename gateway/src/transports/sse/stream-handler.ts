/** Both modes of graphql-sse's PROTOCOL.md for every kind of operation, on `/graphql/stream` and on `/graphql`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import { correlationIdFrom, CORRELATION_HEADER, withCorrelation } from '@chat/kit/logging';
import type { Client } from '@chat/kit/auth/client';
import { bearerToken } from '../../auth/authenticator';
import { parseExactly } from '../../supergraph/exact-json';
import { accepts, WHOLE_RESPONSE } from '../http/accept';
import { readJson } from '../http/body';
import { traceOf } from '../http/client';
import { sendError, sendErrors, sendText, setAllowance } from '../http/respond';
import type { UncheckedRequest } from '../../limits/housekeeping';
import type { HttpStreams, StreamCall } from '../http-stream';
import type { LiveOperations } from '../../operations/live-operations';
import type { Admitted, OperationRequest } from '../../operations/admission';
import type { Caller } from '../../operations/request-pipeline';
import { SingleOperationStream } from '../single-operation-stream';
import { EVENT_STREAM } from '../stream-format';
import { Reservations, type Reservation } from './single-connection';

const TOKEN_HEADER = 'x-graphql-event-stream-token';

/** A reservation token in a URL. */
const TOKEN_PARAMETER = /[?&]token=[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(&|$)/;
/** Some clients send another token under this name, but together with a query. */
const ANY_TOKEN_PARAMETER = /[?&]token=/;
const QUERY_PARAMETER = /[?&]query=/;

/** Whether a request to `/graphql` is for graphql-sse: it belongs to a single connection, or accepts an event stream only. */
export function isOfEventStream({ method, headers, url = '' }: IncomingMessage): boolean {
  if (method === 'PUT' || method === 'DELETE' || TOKEN_HEADER in headers) return true;
  if (headers.accept === 'text/event-stream' || TOKEN_PARAMETER.test(url)) return true;
  return method === 'GET' && ANY_TOKEN_PARAMETER.test(url) && !QUERY_PARAMETER.test(url);
}

const METHOD_NOT_ALLOWED = new ApiError('BAD_REQUEST', 'Method not allowed.');
const STREAM_NOT_FOUND = new ApiError('NOT_FOUND', 'Stream not found');
const STREAM_OPEN = new ApiError('CONFLICT', 'Stream already open');
const OPERATION_EXISTS = new ApiError('CONFLICT', 'Operation with ID already exists');

export interface StreamHandlerOptions {
  streams: HttpStreams;
  operations: LiveOperations;
  clientOf: (request: IncomingMessage) => Client;
  maxBodyBytes: number;
}

interface Call extends StreamCall {
  request: IncomingMessage;
  response: ServerResponse;
  identify: () => Promise<Caller>;
  query: URLSearchParams;
}

interface StreamRequest extends OperationRequest {
  extensions?: { operationId?: unknown } | null;
}

export class StreamHandler {
  private readonly reservations: Reservations;

  constructor(private readonly options: StreamHandlerOptions) {
    this.reservations = new Reservations(options.streams, options.operations);
  }

  /** Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const correlationId = correlationIdFrom(request.headers[CORRELATION_HEADER]);
    response.setHeader(CORRELATION_HEADER, correlationId);
    return withCorrelation(correlationId, () => this.attempt(request, response, correlationId));
  }

  private async attempt(request: IncomingMessage, response: ServerResponse, correlationId: string): Promise<void> {
    try {
      const { pipeline } = this.options.operations;
      const { authorization } = request.headers;
      const client = this.options.clientOf(request);
      const caller = await pipeline.recognise(authorization, client);
      const identify = () => pipeline.identify(bearerToken(authorization), client);
      const query = new URL(request.url ?? '', 'http://localhost').searchParams;
      const trace = traceOf(request);
      await this.answer({ request, response, caller, identify, correlationId, trace, query });
    } catch (error) {
      this.refuse(response, error, correlationId);
    }
  }

  private async answer(call: Call): Promise<void> {
    const { request, response, query, caller } = call;
    const token = request.headers[TOKEN_HEADER] ?? query.get('token') ?? undefined;
    const hasOperation = request.method === 'POST' || (request.method === 'GET' && token === undefined);
    if (!hasOperation) this.options.operations.pipeline.demandToken(caller);
    const wantsStream = request.headers.accept?.includes('text/event-stream') ?? false;
    switch (request.method) {
      case 'PUT':
        return accepts(request.headers, 'text/plain; charset=utf-8')
          ? this.reserve(call)
          : this.refuseType(call, 'text/plain');
      case 'GET':
      case 'POST':
        if (token === undefined) return wantsStream ? this.distinct(call) : this.refuseType(call, 'text/event-stream');
        return wantsStream ? this.openReserved(call, String(token)) : this.start(call, this.find(call, String(token)));
      case 'DELETE':
        return this.stop(call, token === undefined ? undefined : this.find(call, String(token)));
      default:
        response.setHeader('allow', 'GET, POST, PUT, DELETE');
        return sendError(response, METHOD_NOT_ALLOWED, 405);
    }
  }

  private async reserve(call: Call): Promise<void> {
    await this.count(call, {});
    sendText(call.response, 201, 'text/plain; charset=utf-8', this.reservations.reserve(call, call.identify));
  }

  /** The token authenticates the request: a browser's EventSource cannot send headers. */
  private async openReserved({ response }: Call, token: string): Promise<void> {
    const reservation = this.reservations.find(token);
    if (!reservation) return sendError(response, STREAM_NOT_FOUND, 404);
    if (!reservation.claim()) return sendError(response, STREAM_OPEN, 409);
    const refusal = await reservation.open(response);
    if (refusal) sendError(response, refusal.error, refusal.status);
  }

  private async distinct(call: Call): Promise<void> {
    const { response } = call;
    const { streams, operations } = this.options;
    const admitted = await this.admit(call, await this.read(call));
    const stream = new SingleOperationStream(streams, operations, EVENT_STREAM, response, call);
    const refusal = await ('errors' in admitted ? stream.beginRefused(admitted.errors) : stream.begin(admitted));
    if (refusal) sendError(response, refusal.error, refusal.status);
  }

  private async start(call: Call, reservation: Reservation | undefined): Promise<void> {
    const { response, caller } = call;
    if (!reservation) this.options.operations.pipeline.demandToken(caller);
    if (!reservation) return sendError(response, STREAM_NOT_FOUND, 404);
    if (!accepts(call.request.headers, ...WHOLE_RESPONSE)) return this.refuseType(call, 'application/json');
    const body = await this.read(call);
    const id = body.extensions?.operationId;
    if (typeof id !== 'string' || id === '') throw new ApiError('BAD_REQUEST', 'Operation ID is missing');
    const admitted = await this.admit(call, body);
    if ('errors' in admitted) return sendErrors(response, 400, admitted.errors);
    if (reservation.isOver) return sendError(response, STREAM_NOT_FOUND, 404);
    if (reservation.has(id)) return sendError(response, OPERATION_EXISTS, 409);
    reservation.start(id, admitted);
    response.writeHead(202, { 'content-length': 0 }).end();
  }

  private stop({ response, query }: Call, reservation: Reservation | undefined): void {
    const id = query.get('operationId');
    if (!reservation) return sendError(response, STREAM_NOT_FOUND, 404);
    if (!id) throw new ApiError('BAD_REQUEST', 'Operation ID is missing');
    reservation.stop(id);
    response.writeHead(200, { 'content-length': 0 }).end();
  }

  private refuseType({ response }: Call, type: string): void {
    sendError(response, new ApiError('BAD_REQUEST', `The response is ${type}; accept it.`), 406);
  }

  private find({ caller }: Call, token: string): Reservation | undefined {
    const reservation = this.reservations.find(token);
    return reservation?.admits(caller) ? reservation : undefined;
  }

  private async count({ caller, response }: Call, request: UncheckedRequest): Promise<void> {
    const allowance = await this.options.operations.pipeline.count(caller, [request]);
    if (allowance) setAllowance(response, allowance);
  }

  private async admit(
    call: Call,
    body: StreamRequest,
  ): Promise<Admitted | { errors: readonly GraphQLFormattedError[] }> {
    await this.count(call, body);
    const admitted = this.options.operations.admit(body);
    this.options.operations.pipeline.demandToken(call.caller, admitted);
    if ('errors' in admitted || call.request.method !== 'GET' || admitted.prepared.kind !== 'mutation') return admitted;
    return { errors: [new ApiError('BAD_REQUEST', 'Send mutations by POST.').toJSON()] };
  }

  /** @throws BAD_REQUEST */
  private async read({ request, query }: Call): Promise<StreamRequest> {
    const body = request.method === 'GET' ? fromQuery(query) : await readJson(request, this.options.maxBodyBytes);
    if (typeof body !== 'object' || body === null || typeof (body as StreamRequest).query !== 'string') {
      throw new ApiError('BAD_REQUEST', 'The body must be a JSON object with a query.');
    }
    return body as StreamRequest;
  }

  private refuse(response: ServerResponse, error: unknown, correlationId: string): void {
    if (response.headersSent) return void response.destroy();
    if (error instanceof ApiError) return sendError(response, error);
    this.options.operations.pipeline.log.error({ err: error }, 'request failed outside GraphQL');
    sendError(response, new ApiError('INTERNAL_SERVER_ERROR', 'Something went wrong.', { correlationId }));
  }
}

/** @throws BAD_REQUEST */
function fromQuery(query: URLSearchParams): unknown {
  const json = (name: string): unknown => {
    const text = query.get(name);
    try {
      return text === null ? undefined : parseExactly(text);
    } catch {
      throw new ApiError('BAD_REQUEST', `${name} is not JSON.`);
    }
  };
  return {
    query: query.get('query') ?? undefined,
    operationName: query.get('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  };
}
