/** Codes of errors of every origin. */
import { CombinedGraphQLErrors, ServerError } from '@apollo/client';
import { CombinedError } from '@urql/core';
import { ChatError } from './chat-error.ts';

const limited = { message: 'Slow down.', extensions: { code: 'RATE_LIMITED', retryAfterMs: 1500 } };

test.each([
  ['Apollo Client', new CombinedGraphQLErrors({ errors: [limited] })],
  ['urql', new CombinedError({ graphQLErrors: [limited] })],
  ['the package itself', ChatError.ofResponse([limited])],
])('an error of the server keeps its code through %s', (_, thrown) => {
  const error = ChatError.from(thrown);
  expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1500, isTransient: true, message: 'Slow down.' });
});

test.each([
  ['fetch', new TypeError('fetch failed')],
  ['a time-out', new DOMException('late', 'TimeoutError')],
  ['urql', new CombinedError({ networkError: new TypeError('fetch failed') })],
])('a missing answer is NETWORK_ERROR from %s', (_, thrown) => {
  expect(ChatError.from(thrown)).toMatchObject({ code: 'NETWORK_ERROR', isTransient: true });
});

test.each([
  [401, 'UNAUTHENTICATED', false],
  [403, 'FORBIDDEN', false],
  [413, 'BAD_REQUEST', false],
  [429, 'RATE_LIMITED', true],
  [502, 'SERVICE_UNAVAILABLE', true],
  [504, 'TIMEOUT', true],
])('a page of a proxy with status %i is %s', (status, code, isTransient) => {
  expect(ChatError.ofStatus(status)).toMatchObject({ code, isTransient });
  const response = new Response('<html>', { status });
  const ofApollo = new ServerError('not JSON', { response, bodyText: '<html>' });
  expect(ChatError.from(ofApollo)).toMatchObject({ code });
  const ofUrql = new CombinedError({ networkError: new Error('No Content'), response });
  expect(ChatError.from(ofUrql)).toMatchObject({ code });
});

test('Retry-After is in seconds', () => {
  expect(ChatError.ofStatus(503, '3').retryAfterMs).toBe(3000);
  expect(ChatError.ofStatus(503, 'Fri, 31 Dec 1999 23:59:59 GMT').retryAfterMs).toBeUndefined();
});

test('a fault in the application is not retried as an outage', () => {
  expect(ChatError.from(new RangeError('a bug'))).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', isTransient: false });
  expect(ChatError.from(undefined).code).toBe('INTERNAL_SERVER_ERROR');
});

test('refused fields are named', () => {
  const fields = { username: 'is taken' };
  const error = ChatError.ofResponse([{ message: 'no', extensions: { code: 'CONFLICT', fields } }]);
  expect(error.fields).toEqual(fields);
  expect(ChatError.of('FORBIDDEN', 'no').fields).toEqual({});
});
