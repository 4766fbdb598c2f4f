/** CORS headers and preflight requests. Refused origins are logged with the setting that admits them. */
import { LRUCache } from 'lru-cache';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@chat/kit/logging';
import { addDefaultHeader } from './gateway-response';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
/** Headers that scripts may read: limits, those of tus 1.0 for uploads, and those of ranges for downloads. */
const EXPOSED = [
  'x-correlation-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after',
  'location, tus-resumable, tus-version, tus-extension, tus-max-size, upload-offset, upload-length, upload-defer-length',
  'etag, accept-ranges, content-range, content-disposition',
].join(', ');
const PREFLIGHT_SECONDS = 600;

/** Pause between two log lines about one origin, in milliseconds, and the number of origins that are remembered. */
const LOG_PAUSE_MS = 60_000;
const LOGGED_ORIGINS = 100;
/** Origins are as long as clients make them; a log line shows this many characters. */
const SHOWN_LENGTH = 200;

export class Cors {
  private readonly origins: ReadonlySet<string>;
  private readonly logged = new LRUCache<string, true>({ max: LOGGED_ORIGINS, ttl: LOG_PAUSE_MS });

  /** Exact origins, such as `https://chat.example`. `*` allows every origin, for installations without secrets. */
  constructor(
    origins: readonly string[],
    private readonly log?: Logger,
  ) {
    this.origins = new Set(origins.map((origin) => origin.replace(/\/$/, '')));
  }

  /** Whether a page of this origin may call `host`. Programs send no origin and are allowed. */
  allows(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.origins.has('*') || this.origins.has(origin)) return true;
    if (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) return true;
    this.logRefusal(origin, host);
    return false;
  }

  private logRefusal(origin: string, host: string | undefined): void {
    const shown = origin.slice(0, SHOWN_LENGTH);
    if (this.logged.has(shown)) return;
    this.logged.set(shown, true);
    this.log?.warn(
      { origin: shown, host },
      `a web page of another origin was refused; to admit it, add ${shown} to CORS_ORIGINS`,
    );
  }

  /** Sets the CORS headers. @returns true if the request was a preflight, which has been answered. */
  apply(request: IncomingMessage, response: ServerResponse): boolean {
    const { origin, host } = request.headers;
    addDefaultHeader(response, 'vary', 'origin');
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
