/**
 * A subgraph's own server, for gateways in other processes and for operators: POST, request links and WebSocket on `/graphql`, health
 * pages and metrics. Clients must not reach it. Subscriptions are in `subgraph-sockets.ts`, links in `request-link-server.ts`.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gracefulClose } from '../graceful-close';
import { correlationIdFrom, CORRELATION_HEADER, withCorrelation, type Logger } from '../logging';
import { observedService } from '../telemetry/observed-service';
import { jsonPage, probePage, type Page, type Probes } from '../telemetry/probe-pages';
import { processRegistry } from '../telemetry/registries';
import { readBody } from '../read-body';
import { knownError } from './format-error';
import { TAKES_LINKS_HEADER, type LinkedRequest } from './request-link';
import { RequestLinks } from './request-link-server';
import { AUTHORIZE_ONLY_HEADER, type GraphQLRequest } from './service';
import type { Subgraph } from './subgraph';
import { serveSubscriptions } from './subgraph-sockets';

/** The largest request that a gateway may send, in bytes; gateways batch entity representations. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Longer than the gateways' own, so that they never write into a closing socket. In milliseconds. */
const KEEP_ALIVE_MS = 65_000;

/** How long a load balancer that probes has to notice the end before the server closes, in milliseconds. */
const DRAIN_MS = 2_500;
/** A probe within this time counts as regular, in milliseconds. */
const PROBED_WITHIN_MS = 15_000;

export interface SubgraphServerOptions {
  host: string;
  /** 0 picks a free one. */
  port: number;
  log: Logger;
  /** Whether operations are recorded as spans. Default false. */
  isTraced?: boolean;
}

export interface SubgraphServer extends AsyncDisposable {
  /** `http://host:port/graphql` */
  url: string;
}

/**
 * Resolves when the server listens. If load balancers probe it, disposal first tells them; it then ends subscriptions and waits for
 * requests in flight. @throws EADDRINUSE
 */
export async function serveSubgraph(given: Subgraph, options: SubgraphServerOptions): Promise<SubgraphServer> {
  const { host, port, log, isTraced = false } = options;
  const registry = processRegistry(given.name);
  const service = observedService(given.service, {
    subgraph: given.name,
    registry,
    isTraced,
    isPaced: (request) => given.isPaced?.(request) ?? false,
    log,
  });
  const subgraph = Object.assign(Object.create(given) as Subgraph, { service });
  const handler = new Handler(subgraph, new Health(subgraph, registry), log);
  const server = createServer((request, response) => void handler.handle(request, response));
  const close = gracefulClose(server);
  server.requestTimeout = 0; // an upload takes as long as it has bytes
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const live = serveSubscriptions(subgraph, MAX_BODY_BYTES, log);
  const links = new RequestLinks({
    answer: (request) => handler.answerLinked(request),
    maxBytes: MAX_BODY_BYTES,
    log,
  });
  server.on('upgrade', (request, socket, head) => {
    if (!links.upgrade(request, socket, head)) live.upgrade(request, socket, head);
  });
  await once(server.listen(port, host), 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}/graphql`,
    async [Symbol.asyncDispose]() {
      links.startDraining();
      await handler.health.drain();
      await live[Symbol.asyncDispose]();
      await links[Symbol.asyncDispose]();
      await close();
    },
  };
}

/** The answers to probes. */
class Health implements Probes {
  isDraining = false;
  readonly registries: Probes['registries'];
  private probedAt = -Infinity;

  constructor(
    private readonly subgraph: Subgraph,
    ofProcess: Probes['registries'][number],
  ) {
    this.registries = subgraph.registry ? [ofProcess, subgraph.registry] : [ofProcess];
  }

  async readiness() {
    this.probedAt = performance.now();
    if (this.isDraining) return 'draining';
    return ((await this.subgraph.isReady?.()) ?? true) ? 'ok' : 'unavailable';
  }

  async details() {
    const parts = await this.subgraph.health();
    return { isOk: isHealthy(parts), body: { parts } };
  }

  /** The page `/health`. */
  async overview(): Promise<Page> {
    const parts = await this.subgraph.health();
    return isHealthy(parts) ? jsonPage(200, { status: 'ok', parts }) : jsonPage(503, { status: 'unavailable', parts });
  }

  async drain(): Promise<void> {
    this.isDraining = true;
    if (performance.now() - this.probedAt > PROBED_WITHIN_MS) return;
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
  }
}

interface Result {
  status: number;
  result: unknown;
}

class Handler {
  constructor(
    private readonly subgraph: Subgraph,
    readonly health: Health,
    private readonly log: Logger,
  ) {}

  /** Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const correlationId = correlationIdFrom(request.headers[CORRELATION_HEADER]);
    request.headers[CORRELATION_HEADER] = correlationId; // for everything that reads the request's headers
    if (this.health.isDraining) response.setHeader('connection', 'close');
    await withCorrelation(correlationId, () =>
      this.answer(request, response).catch((error: unknown) => this.refuse(response, error)),
    );
  }

  private refuse(response: ServerResponse, error: unknown): void {
    const { status, result } = this.failureOf(error);
    if (!response.headersSent) send(response, status, result);
  }

  private failureOf(error: unknown): Result {
    const outage = knownError(error);
    if (outage?.code === 'SERVICE_UNAVAILABLE') {
      this.log.warn({ err: outage }, 'a request outside GraphQL was refused');
      return { status: 503, result: failure(outage.code, outage.message) };
    }
    this.log.error({ err: error }, 'a request failed outside GraphQL');
    return { status: 500, result: failure('INTERNAL_SERVER_ERROR', 'Internal server error') };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0] ?? '/';
    if (path === '/graphql') return this.execute(request, response);
    const page = path === '/health' ? await this.health.overview() : await probePage(path, this.health);
    if (page) return sendPage(response, page);
    if (await this.subgraph.handleHttp?.(request, response)) return;
    send(response, 404, { error: 'Not found' });
  }

  private async execute(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return send(response, 405, { error: 'Use POST' }, { allow: 'POST' });
    const bytes = await readBody(request, MAX_BODY_BYTES);
    if (!bytes && request.headers['content-length'] === undefined) return void request.socket.destroy(); // it may never end
    if (!bytes) return send(response, 413, { error: 'Too large' });
    const body = attempt(() => JSON.parse(bytes.toString()) as GraphQLRequest);
    if (typeof body?.query !== 'string') {
      return send(response, 400, failure('BAD_REQUEST', 'Send a JSON object with a query.'));
    }
    const { status, result } = await this.resultOf(body, request.headers as Record<string, string>);
    send(response, status, result, this.health.isDraining ? {} : { [TAKES_LINKS_HEADER]: '2' });
  }

  /** The answer to a request over a link. Never rejects. */
  answerLinked({ headers, request }: LinkedRequest): Promise<{ status: number; body: string }> {
    const correlationId = (headers[CORRELATION_HEADER] = correlationIdFrom(headers[CORRELATION_HEADER]));
    return withCorrelation(correlationId, async () => {
      const { status, result } = await this.resultOf(request, headers).catch((error: unknown) => this.failureOf(error));
      return { status, body: JSON.stringify(result) };
    });
  }

  private async resultOf(request: GraphQLRequest, headers: Record<string, string>): Promise<Result> {
    const { service } = this.subgraph;
    const isQuestion = AUTHORIZE_ONLY_HEADER in headers;
    const result = await (isQuestion ? service.authorize(request, { headers }) : service.execute(request, { headers }));
    // A process that has not started has run nothing, so that a gateway may ask another one.
    return { status: (this.subgraph.hasStarted?.() ?? true) ? 200 : 503, result };
  }
}

const isHealthy = (parts: Record<string, boolean>): boolean => Object.values(parts).every(Boolean);

const failure = (code: string, message: string) => ({ errors: [{ message, extensions: { code } }] });

/** Undefined if it throws. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  sendPage(response, { status, type: 'application/json; charset=utf-8', text: JSON.stringify(body) }, headers);
}

function sendPage(response: ServerResponse, { status, type, text }: Page, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}
