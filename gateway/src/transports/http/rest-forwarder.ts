/**
 * Forwards `/api/v1/` to the subgraph that serves a path, in process or over HTTP. Headers with which the gateway vouches for a
 * caller are never accepted from a client.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { clientHeaders, CLIENT_ADDRESS_HEADER, CLIENT_AGENT_HEADER } from '@chat/kit/auth/client';
import { VIEWER_HEADER } from '@chat/kit/auth/viewer-header';
import { ApiError } from '@chat/kit/errors';
import { correlationIdFrom, CORRELATION_HEADER, withCorrelation, type Logger } from '@chat/kit/logging';
import { clientOf } from './client';
import { pathOf } from './gateway-server';
import { sendRestError } from './respond';
import { RestInstances } from './rest-instances';

/** A subgraph in this process; resolves to false if it does not serve the path. */
export type LocalRest = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface RestForwarderOptions {
  local: readonly LocalRest[];
  /** Path prefix → origins of the subgraph's instances. The longest prefix wins. */
  routes: Readonly<Record<string, readonly string[]>>;
  trustedProxies: number;
  log: Logger;
}

const PREFIX = '/api/v1/';

/** A path that an upstream server may normalise to one outside the prefix. */
const HAS_DOTS = /(\/|%2f|\\|%5c)(\.|%2e){1,2}(\/|%2f|\\|%5c|$)/i;

/** Hop-by-hop headers (RFC 9110, 7.6.1), and `host` and `expect`. */
const HOP_BY_HOP = new Set([
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
  private readonly targets: readonly { prefix: string; instances: RestInstances }[];

  constructor(private readonly options: RestForwarderOptions) {
    this.targets = Object.entries(options.routes)
      .map(([prefix, origins]) => ({ prefix, instances: new RestInstances(origins, options.log) }))
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
    const target = this.targets.find(({ prefix }) => path === prefix || path.startsWith(prefix.replace(/\/?$/, '/')));
    if (!target) return false;
    await this.forward(target.instances, request, response);
    return true;
  }

  private setOwnHeaders(request: IncomingMessage, response: ServerResponse, correlationId: string): void {
    const { headers } = request;
    const client = clientHeaders(clientOf(request, this.options.trustedProxies));
    for (const name of [VIEWER_HEADER, CLIENT_ADDRESS_HEADER, CLIENT_AGENT_HEADER]) delete headers[name];
    Object.assign(headers, client, { [CORRELATION_HEADER]: correlationId });
    response.setHeader(CORRELATION_HEADER, correlationId);
  }

  private async forward(instances: RestInstances, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const forwarded = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    try {
      const hasBody = method !== 'GET' && method !== 'HEAD';
      const options = { path: url, method, headers: forwarded };
      const answer = await instances.request(options, hasBody ? request : undefined);
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value !== undefined && !HOP_BY_HOP.has(name)) response.setHeader(name, value);
      }
      response.statusCode = answer.statusCode;
      await pipeline(answer.body, response);
    } catch (error) {
      this.options.log.warn({ err: error, path: pathOf(request) }, 'request could not be forwarded');
      if (response.headersSent) return void response.destroy();
      sendRestError(response, new ApiError('SERVICE_UNAVAILABLE', 'The service for this path is unavailable.'));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.targets.map(({ instances }) => instances[Symbol.asyncDispose]()));
  }
}
