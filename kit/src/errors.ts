/** The error catalogue: every error that a client may see, its stable code and its meaning. docs/errors.md is generated from it. */
import { GraphQLError } from 'graphql';

/** Code → its meaning and the client's remedy. A code never changes its meaning. */
export const ERROR_CODES = {
  UNAUTHENTICATED: 'No valid access token came with the request. Log in or refresh the session, then repeat it.',
  FORBIDDEN: 'The viewer is known but may not do this. Repeating the request does not help.',
  NOT_FOUND: 'It does not exist, or the viewer may not see it; the two are deliberately the same.',
  BAD_USER_INPUT: 'An argument is wrong. `extensions.fields` maps each wrong field to the reason.',
  CONFLICT: 'The state has changed, or the name is taken. Read again, then decide.',
  RATE_LIMITED: 'Too many operations. Wait `extensions.retryAfterMs` milliseconds.',
  LIMIT_EXCEEDED: 'The operation or its input is larger than this installation allows.',
  SERVICE_UNAVAILABLE: 'A part of the system is away. It recovers by itself; repeat the request later.',
  TIMEOUT: 'A part of the system did not answer in time. A mutation may or may not have happened.',
  INTERNAL_SERVER_ERROR: 'Something unexpected. Give `extensions.correlationId` to the operator; the log has the rest.',
  GRAPHQL_PARSE_FAILED: 'The document is not GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  BAD_REQUEST: 'The HTTP request is not a GraphQL request.',
  PERSISTED_QUERY_NOT_FOUND: 'The hash is not known here. Send the document along with it once.',
  PERSISTED_QUERY_NOT_SUPPORTED: 'Automatic persisted queries are switched off here.',
  SUBSCRIPTION_TOO_SLOW:
    'The client read more slowly than events arrived. `extensions.cursor`, if present, resumes the subscription.',
  SUBSCRIPTION_INVALID: 'The schema has changed and this subscription no longer fits it.',
  SUBSCRIPTION_INTERRUPTED: 'Events may have been missed and this field cannot be resumed. Read the state again.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error that is meant for the client: its message and extensions are shown as they are. Anything else is masked. */
export class ApiError extends GraphQLError {
  constructor(
    readonly code: ErrorCode,
    message: string,
    extensions: Record<string, unknown> = {},
  ) {
    super(message, { extensions: { ...extensions, code } });
    this.name = 'ApiError';
  }
}

export const unauthenticated = (message = 'This needs a login.') => new ApiError('UNAUTHENTICATED', message);
export const forbidden = (message = 'You may not do this.') => new ApiError('FORBIDDEN', message);
export const notFound = (what: string) => new ApiError('NOT_FOUND', `${what} was not found.`);
export const conflict = (message: string, extensions?: Record<string, unknown>) =>
  new ApiError('CONFLICT', message, extensions);

/** `fields` maps each wrong argument or input field to the reason, in words for the person who typed it. */
export const badUserInput = (fields: Record<string, string>) =>
  new ApiError('BAD_USER_INPUT', Object.values(fields).join(' '), { fields });
