/** CORS headers and preflight requests. */
import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, POST, PUT, DELETE, OPTIONS';
const EXPOSED = 'x-correlation-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after';
const PREFLIGHT_SECONDS = 600;

export class Cors {
  private readonly origins: ReadonlySet<string>;

  /** Exact origins, such as `https://chat.example`. `*` allows every origin, for installations without secrets. */
  constructor(origins: readonly string[]) {
    this.origins = new Set(origins.map((origin) => origin.replace(/\/$/, '')));
  }

  /** Whether a page of this origin may call `host`. Programs send no origin and are allowed. */
  allows(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.origins.has('*') || this.origins.has(origin)) return true;
    return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
  }

  /** Sets the CORS headers. @returns true if the request was a preflight, which has been answered. */
  apply(request: IncomingMessage, response: ServerResponse): boolean {
    const { origin, host } = request.headers;
    response.setHeader('vary', 'origin');
    if (origin === undefined) return false;
    const isAllowed = this.allows(origin, host);
    if (isAllowed) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', EXPOSED);
    }
    if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return false;
    if (isAllowed) {
      response.setHeader('access-control-allow-methods', METHODS);
      response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '*');
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    }
    response.writeHead(204);
    response.end();
    return true;
  }
}
