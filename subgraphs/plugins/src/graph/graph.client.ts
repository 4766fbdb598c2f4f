/**
 * Calls the graph through the gateway, as an account of this installation: with its API key, or for a viewer of a running request. So every
 * rule of every subgraph applies to what plugins do.
 */
import { secretsIn, type Secret } from '@chat/kit/auth/derived-keys';
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import type { Viewer } from '@chat/kit/auth/viewer';
import { ApiError, ERROR_CODES, type ErrorCode } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import { CORRELATION_HEADER } from '@chat/kit/logging';
import { sign } from 'jsonwebtoken';
import { Causes, type Cause } from './cause';

/** Deadline for an answer, in milliseconds. */
const ANSWER_MS = 8_000;
/** Lifetime of tokens for viewers, in seconds. They do not leave the installation. */
const TOKEN_SECONDS = 30;

export interface GraphAnswer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string } & Record<string, unknown> }[];
}

export class GraphClient {
  private readonly endpoint: URL;
  readonly causes: Causes;

  /** @param url of the gateway */
  constructor(
    readonly url: string,
    private readonly secret: Secret,
  ) {
    this.endpoint = new URL('/graphql', url);
    this.causes = new Causes(secret);
  }

  /** A token with the rights that the viewer has now. */
  tokenFor({ id, sessionId, roles, permissions }: Viewer): string {
    return sign({ sid: sessionId, roles, permissions }, secretsIn(this.secret)[0], {
      ...ACCESS_TOKEN,
      subject: id,
      jwtid: newId(),
      expiresIn: TOKEN_SECONDS,
    });
  }

  /** The answer with its errors. `cause` is told to followers of the events that a mutation makes. @throws SERVICE_UNAVAILABLE if the gateway does not answer */
  async ask(
    token: string,
    query: string,
    variables: Record<string, unknown> = {},
    cause?: Cause,
  ): Promise<GraphAnswer> {
    try {
      const response = await fetch(this.endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          ...(cause && { [CORRELATION_HEADER]: this.causes.write(cause, newId()) }),
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      return (await response.json()) as GraphAnswer;
    } catch (error) {
      throw new ApiError('SERVICE_UNAVAILABLE', 'The gateway does not answer.', { cause: String(error) });
    }
  }

  /** The data. @throws the first error, as the client of the present request would have got it */
  async data<Data>(token: string, query: string, variables?: Record<string, unknown>, cause?: Cause): Promise<Data> {
    const { data, errors } = await this.ask(token, query, variables, cause);
    const [error] = errors ?? [];
    if (error) {
      const { code = 'INTERNAL_SERVER_ERROR', ...extensions } = error.extensions ?? {};
      throw new ApiError(
        code in ERROR_CODES ? (code as ErrorCode) : 'INTERNAL_SERVER_ERROR',
        error.message,
        extensions,
      );
    }
    return data as Data;
  }
}
