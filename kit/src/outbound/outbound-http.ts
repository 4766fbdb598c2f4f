/**
 * An HTTP client for untrusted URLs. It connects only to allowed addresses: it resolves a host once per connection, checks all addresses
 * and connects to one of them, so DNS rebinding gains nothing. It follows redirects itself and applies the same checks.
 */
import { lookup as dnsLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Agent, request, type Dispatcher } from 'undici';
import { readAtMost } from '../read-body';
import { urlProblem, type AddressRule } from './public-address';

/** A request that was refused or stopped because of its target. The message is for the owner of the URL. */
export class RefusedUrl extends Error {}

export interface HostAddress {
  address: string;
  family: number;
}

export interface OutboundOptions {
  /** Must accept every address of a host. */
  isAllowed: AddressRule;
  /** Deadline for a whole request including redirects. */
  timeoutMs: number;
  /** Resolves all addresses of a host; default: the system's resolver. */
  resolve?: (host: string) => Promise<HostAddress[]>;
}

export interface OutboundRequest {
  /** Default GET. */
  method?: string;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** Longest response, in bytes; a longer one is refused. */
  maxBytes: number;
  /** Whether a URL may be requested, for the first one and for each redirect. The message of the error is for the caller. */
  check?: (url: URL) => void;
}

export interface OutboundResponse {
  status: number;
  /** In lower case; repeated headers are joined by commas. */
  headers: Record<string, string>;
  body: Buffer;
}

export interface OutboundAnswer {
  status: number;
  /** The pause that the receiver requests, in milliseconds; 0 if none. */
  retryAfterMs: number;
}

const MAX_REDIRECTS = 3;

/** Reads at most this many bytes of a response, and ignores them. */
const MAX_RESPONSE_BYTES = 65_536;

/** Excludes 303, which means that the request was accepted. */
const REPEATING_REDIRECTS = [301, 302, 307, 308];

export class OutboundHttp implements AsyncDisposable {
  private readonly agent: Agent;
  private readonly resolve: (host: string) => Promise<HostAddress[]>;

  constructor(private readonly options: OutboundOptions) {
    this.resolve = options.resolve ?? ((host) => dnsLookup(host, { all: true, verbatim: true }));
    this.agent = new Agent({
      connect: { lookup: this.lookup, timeout: options.timeoutMs },
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      keepAliveTimeout: 1000,
      maxHeaderSize: 16_384,
    });
  }

  /**
   * Sends `body` by POST and repeats it at each redirect. @returns the status of the last response and its `Retry-After`.
   * @throws RefusedUrl, also if the certificate is not accepted, and network errors.
   */
  async post(
    url: string,
    { headers, body, signal }: { headers: Record<string, string>; body: string; signal: AbortSignal },
  ): Promise<OutboundAnswer> {
    const within = this.deadline(signal);
    const answer = await this.follow(
      url,
      () => undefined,
      (target) => this.send(target, 'POST', headers, body, within),
    );
    await answer.body.dump({ limit: MAX_RESPONSE_BYTES, signal: within });
    return { status: answer.statusCode, retryAfterMs: retryAfterMs(answer.headers['retry-after']) };
  }

  /**
   * Sends one request and reads its response. A redirect repeats the request, without credentials if it leads to another origin; a 303
   * becomes GET. @throws RefusedUrl, and network errors.
   */
  async fetch(url: string, { method = 'GET', headers, body, signal, maxBytes, check }: OutboundRequest) {
    const within = this.deadline(signal);
    const { origin } = new URL(url);
    const answer = await this.follow(
      url,
      (target) => check?.(new URL(target)),
      (target, isSeen) =>
        this.send(
          target,
          isSeen ? 'GET' : method,
          new URL(target).origin === origin ? headers : withoutCredentials(headers),
          isSeen ? undefined : body,
          within,
        ),
      [...REPEATING_REDIRECTS, 303],
    );
    const content = await readAtMost(answer.body as AsyncIterable<Buffer>, maxBytes);
    if (!content) throw new RefusedUrl(`The response has more than ${maxBytes} bytes.`);
    return { status: answer.statusCode, headers: joined(answer.headers), body: content } satisfies OutboundResponse;
  }

  private deadline(signal?: AbortSignal): AbortSignal {
    return AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(this.options.timeoutMs)]);
  }

  private async send(
    target: string,
    method: string,
    headers: Record<string, string>,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(target, { dispatcher: this.agent, method, headers, body, signal });
    } catch (cause) {
      const problem = certificateProblem(cause);
      throw problem ? new RefusedUrl(`The certificate of ${new URL(target).hostname} ${problem}.`, { cause }) : cause;
    }
  }

  /** Requests `url`, then the target of each redirect. Checks each before. `isSeen` tells that a 303 came before. */
  private async follow(
    url: string,
    check: (target: string) => void,
    send: (target: string, isSeen: boolean) => Promise<Dispatcher.ResponseData>,
    redirectsOn: readonly number[] = REPEATING_REDIRECTS,
  ): Promise<Dispatcher.ResponseData> {
    let target = url;
    let isSeen = false;
    for (let redirects = 0; ; redirects++) {
      this.refuse(target);
      check(target);
      const answer = await send(target, isSeen);
      const location = [answer.headers.location].flat()[0];
      if (!redirectsOn.includes(answer.statusCode) || location === undefined) return answer;
      await answer.body.dump({ limit: MAX_RESPONSE_BYTES });
      if (redirects === MAX_REDIRECTS) throw new RefusedUrl(`It redirects more than ${MAX_REDIRECTS} times.`);
      isSeen ||= answer.statusCode === 303;
      target = this.redirected(target, location);
    }
  }

  private redirected(from: string, location: string): string {
    const to = URL.parse(location, from);
    if (!to) throw new RefusedUrl('It redirects to an invalid URL.');
    if (from.startsWith('https:') && to.protocol === 'http:') throw new RefusedUrl('It redirects from https to http.');
    return to.href;
  }

  /** Checks literal addresses in the URL, which skip the lookup. */
  private refuse(target: string): void {
    const problem = urlProblem(target, this.options.isAllowed);
    if (problem) throw new RefusedUrl(`The URL ${problem}.`);
  }

  private readonly lookup: LookupFunction = (host, { all }, callback) => {
    this.resolve(host)
      .then((addresses) => {
        if (addresses.length === 0) throw new RefusedUrl('The host has no address.');
        if (!addresses.every(({ address }) => this.options.isAllowed(address)))
          throw new RefusedUrl('The host has a private address.');
        return addresses;
      })
      .then(
        (addresses) => (all ? callback(null, addresses) : callback(null, addresses[0]!.address, addresses[0]!.family)),
        (error: Error) => callback(error, '', 0),
      );
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.destroy();
  }
}

/** By the codes of TLS errors (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'is revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by itself, not by a known authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes without that of its authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host',
};

/** The predicate of a sentence about the certificate; undefined if the error has another reason. */
const certificateProblem = (error: unknown): string | undefined =>
  CERTIFICATE_PROBLEMS[String((error as { code?: unknown }).code)];

/** Headers that belong to one origin. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization']);

const withoutCredentials = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));

const joined = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));

/** Parses a `Retry-After` header (RFC 9110, 10.2.3): seconds or a date. */
function retryAfterMs(header: string | string[] | undefined): number {
  const value = [header].flat()[0]?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
