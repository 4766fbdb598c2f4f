/** One error for everything that can fail: the server's codes of docs/errors.md, and the codes of a client without an answer. */
import type { ErrorCode } from './generated/error-codes.ts';

/** NETWORK_ERROR: no answer. CONNECTION_REFUSED: the server closed the socket for a reason that a retry does not change. */
export type ClientErrorCode = 'NETWORK_ERROR' | 'CONNECTION_REFUSED';

// The intersection keeps the completion of known codes while later servers may add new ones.
export type ChatErrorCode = ErrorCode | ClientErrorCode | (string & Record<never, never>);

/** An error as GraphQL responses contain it. */
export interface ResponseError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Codes of failures that end by themselves. A mutation with a `clientMutationId` may be repeated after each of them. */
const TRANSIENT: readonly string[] = ['NETWORK_ERROR', 'SERVICE_UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED'];

export class ChatError extends Error {
  override readonly name = 'ChatError';

  private constructor(
    message: string,
    readonly code: ChatErrorCode,
    /** The first error's `extensions`; empty if there was no answer. */
    readonly extensions: Readonly<Record<string, unknown>>,
    /** All errors of the response. */
    readonly errors: readonly ResponseError[],
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }

  /** The delay that the server demands before a retry, in milliseconds. */
  get retryAfterMs(): number | undefined {
    const { retryAfterMs } = this.extensions;
    return typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
  }

  /** The reason by field, for BAD_USER_INPUT and CONFLICT. */
  get fields(): Readonly<Record<string, string>> {
    return (this.extensions.fields as Record<string, string> | undefined) ?? {};
  }

  /** For the operator, who finds the full error in the log. */
  get correlationId(): string | undefined {
    return this.extensions.correlationId as string | undefined;
  }

  /** Whether a later attempt may succeed without a change by the user. */
  get isTransient(): boolean {
    return TRANSIENT.includes(this.code);
  }

  /** The first error decides the code. An error without a code counts as INTERNAL_SERVER_ERROR. */
  static ofResponse(errors: readonly ResponseError[]): ChatError {
    const [first] = errors;
    const extensions = first?.extensions ?? {};
    const code = typeof extensions.code === 'string' ? extensions.code : 'INTERNAL_SERVER_ERROR';
    return new ChatError(first?.message ?? 'The server reported an error without a message.', code, extensions, errors);
  }

  static of(code: ChatErrorCode, message: string, cause?: unknown): ChatError {
    return new ChatError(message, code, {}, [], cause);
  }

  /** An HTTP response without a GraphQL body, as proxies send them. */
  static ofStatus(status: number, retryAfter?: string | null): ChatError {
    const extensions = retryAfter && Number(retryAfter) > 0 ? { retryAfterMs: Number(retryAfter) * 1000 } : {};
    return new ChatError(`HTTP status ${status}`, codeOfStatus(status), extensions, []);
  }

  /**
   * Any thrown value as a ChatError, also the errors of Apollo Client (`errors`, `statusCode`) and urql (`graphQLErrors`,
   * `networkError`). An unknown error becomes NETWORK_ERROR if `fetch` threw it, otherwise INTERNAL_SERVER_ERROR.
   */
  static from(error: unknown): ChatError {
    if (error instanceof ChatError) return error;
    const { errors, graphQLErrors, networkError, statusCode, response } = (error ?? {}) as ForeignError;
    const ofResponse = [errors, graphQLErrors].find((list) => Array.isArray(list) && list.length > 0);
    if (ofResponse) return ChatError.ofResponse(ofResponse);
    if (typeof statusCode === 'number') return ChatError.ofStatus(statusCode);
    if (networkError) {
      const status = (response as { status?: unknown } | undefined)?.status;
      return typeof status === 'number' && status >= 400 ? ChatError.ofStatus(status) : ChatError.from(networkError);
    }
    const message = error instanceof Error ? error.message : String(error);
    return ChatError.of(isFetchFailure(error) ? 'NETWORK_ERROR' : 'INTERNAL_SERVER_ERROR', message, error);
  }
}

interface ForeignError {
  errors?: readonly ResponseError[];
  graphQLErrors?: readonly ResponseError[];
  networkError?: unknown;
  statusCode?: unknown;
  response?: unknown;
}

/** `fetch` throws a TypeError if there is no response, and a DOMException after a time-out. */
function isFetchFailure(error: unknown): boolean {
  const name = (error as { name?: unknown } | undefined)?.name;
  return error instanceof TypeError || name === 'TimeoutError' || name === 'AbortError';
}

function codeOfStatus(status: number): ChatErrorCode {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 504) return 'TIMEOUT';
  return status >= 500 ? 'SERVICE_UNAVAILABLE' : 'BAD_REQUEST';
}
