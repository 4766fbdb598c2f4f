/** Which errors are outages: the same request can succeed later. */
import { isConnectionError } from './connection-error';

const withCode = (code: string) => Object.assign(new Error('no'), { code });

test.each([
  ...[
    '08000',
    '08006',
    '25006',
    '25P03',
    '25P04',
    '53000',
    '53100',
    '53200',
    '53300',
    '57014',
    '57P01',
    '57P02',
    '57P03',
  ],
  ...['57P05', '58030', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN'],
])('%s is an outage, also as the cause of another error', (code) => {
  expect(isConnectionError(withCode(code))).toBe(true);
  expect(isConnectionError(new Error('wrapped', { cause: withCode(code) }))).toBe(true);
});

test.each(['22P02', '23505', '25P02', '40001', '42601', '42P01', 'P0001', 'XX000', 'ERR_INVALID_ARG_TYPE'])(
  '%s is none',
  (code) => {
    expect(isConnectionError(withCode(code))).toBe(false);
  },
);
