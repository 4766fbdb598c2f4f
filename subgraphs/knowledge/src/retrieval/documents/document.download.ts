/**
 * Downloads the page or file of a URL that an account gave. Addresses are checked as for webhooks, at each connection and at each redirect.
 * Believes no content type; the bytes tell the format.
 */
import { OutboundHttp, RefusedUrl } from '@chat/kit/outbound/outbound-http';
import { addressRule, urlProblem, type AddressRule } from '@chat/kit/outbound/public-address';
import { badUserInput, forbidden } from '@chat/kit/errors';
import type { KnowledgeConfig } from '../../config';
import { UnreadableFileError } from './reading/read-file';

/** The longest response, in bytes. */
const MAX_BYTES = 20 << 20;
/** For the whole response, redirects included, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Answers that may be others later: Request Timeout, Too Early, Too Many Requests. */
const BUSY = [408, 425, 429];

const HEADERS = {
  'user-agent': 'chat-system-documents',
  accept: 'text/html, application/pdf, text/markdown, text/plain;q=0.9, */*;q=0.5',
};

export class DocumentDownload implements AsyncDisposable {
  private readonly isAllowed: AddressRule;
  private readonly http: OutboundHttp | undefined;

  constructor(config: Pick<KnowledgeConfig, 'DOCUMENT_ALLOW_URLS' | 'DOCUMENT_ALLOW_PRIVATE_ADDRESSES'>) {
    this.isAllowed = addressRule(config.DOCUMENT_ALLOW_PRIVATE_ADDRESSES);
    if (config.DOCUMENT_ALLOW_URLS) this.http = new OutboundHttp({ isAllowed: this.isAllowed, timeoutMs: TIMEOUT_MS });
  }

  /** @throws FORBIDDEN unless the operator allows URLs, BAD_USER_INPUT if this one cannot be requested */
  check(url: string): void {
    if (!this.http) throw forbidden('This installation makes no requests to other servers.');
    const problem = urlProblem(url, this.isAllowed);
    if (problem) throw badUserInput({ url: `url ${problem}.` });
  }

  /** @throws UnreadableFileError if another attempt would fail too; any other error otherwise */
  async read(url: string): Promise<Buffer> {
    if (!this.http) throw new UnreadableFileError('This installation makes no requests to other servers.');
    const { status, body } = await this.http.fetch(url, { headers: HEADERS, maxBytes: MAX_BYTES }).catch(refused);
    if (status >= 200 && status < 300) return body;
    const told = `The server of the URL answered with status ${status}.`;
    throw status < 500 && !BUSY.includes(status) ? new UnreadableFileError(told) : new Error(told);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.http?.[Symbol.asyncDispose]();
  }
}

/** The cause of a network error goes to the log only, as it can name addresses of the network inside. */
function refused(error: unknown): never {
  for (const reason of [error, (error as Error).cause])
    if (reason instanceof RefusedUrl) throw new UnreadableFileError(reason.message);
  throw new Error('The server of the URL could not be reached.', { cause: error });
}
