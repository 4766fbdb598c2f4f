/**
 * What cannot be GraphQL, under `/api/v1/`: handed to the subgraph that it belongs to, in this process or over HTTP.
 * Headers by which the gateway vouches for a caller are never taken over from a client.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici';
import { clientHeaders, CLIENT_ADDRESS_HEADER, CLIENT_AGENT_HEADER } from '@chat/kit/auth/client';
import { VIEWER_HEADER } from '@chat/kit/auth/viewer-header';
import { ApiError } from '@chat/kit/errors';
import { correlationIdFrom, CORRELATION_HEADER, withCorrelation, type Logger } from '@chat/kit/logging';
import { clientOf } from './client';
import { pathOf } from './gateway-server';
import { sendError } from './respond';

/** A subgraph in this process that may take a path. */
export type LocalRest = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface RestForwarderOptions {
  local: readonly LocalRest[];
  /** Path prefix → origin of the subgraph that serves it; the longest prefix wins. */
  routes: Readonly<Record<string, string>>;
  trustedProxies: number;
  log: Logger;
}

const PREFIX = '/api/v1/';

/** A path that a server behind may understand as another one, outside the prefix. */
const HAS_DOTS = /(\/|%2f|\\|%5c)(\.|%2e){1,2}(\/|%2f|\\|%5c|$)/i;

/** Belong to one connection and not to the request (RFC 9110, 7.6.1). */
const NOT_PASSED_ON = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
]);

export class RestForwarder implements AsyncDisposable {
  private readonly pools: readonly { prefix: string; pool: Pool }[];

  constructor(private readonly options: RestForwarderOptions) {
    this.pools = Object.entries(options.routes)
      .map(([prefix, origin]) => ({ prefix, pool: new Pool(new URL(origin).origin) }))
      .sort((left, right) => right.prefix.length - left.prefix.length);
  }

  readonly route = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = pathOf(request);
    if (!path.startsWith(PREFIX) || HAS_DOTS.test(path)) return false;
    const correlationId = correlationIdFrom(request.headers[CORRELATION_HEADER]);
    this.setOwnHeaders(request, response, correlationId);
    return withCorrelation(correlationId, () => this.answer(path, request, response));
  };

  private async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    for (const handle of this.options.local) if (await handle(request, response)) return true;
    const target = this.pools.find(({ prefix }) => path === prefix || path.startsWith(prefix.replace(/\/?$/, '/')));
    if (!target) return false;
    await this.forward(target.pool, request, response);
    return true;
  }

  private setOwnHeaders(request: IncomingMessage, response: ServerResponse, correlationId: string): void {
    const { headers } = request;
    const client = clientHeaders(clientOf(request, this.options.trustedProxies));
    for (const name of [VIEWER_HEADER, CLIENT_ADDRESS_HEADER, CLIENT_AGENT_HEADER]) delete headers[name];
    Object.assign(headers, client, { [CORRELATION_HEADER]: correlationId });
    response.setHeader(CORRELATION_HEADER, correlationId);
  }

  private async forward(pool: Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const passedOn = Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.has(name)));
    try {
      const hasBody = method !== 'GET' && method !== 'HEAD';
      const answer = await pool.request({ path: url, method, headers: passedOn, body: hasBody ? request : null });
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value !== undefined && !NOT_PASSED_ON.has(name)) response.setHeader(name, value);
      }
      response.statusCode = answer.statusCode;
      await pipeline(answer.body, response);
    } catch (error) {
      this.options.log.warn({ err: error, path: pathOf(request) }, 'a request could not be forwarded');
      if (response.headersSent) return void response.destroy();
      sendError(response, new ApiError('SERVICE_UNAVAILABLE', 'The service behind this path is not reachable.'));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.pools.map(({ pool }) => pool.close()));
  }
}
