/** Client addresses: X-Forwarded-For is believed from trusted proxies only. */
import type { IncomingMessage } from 'node:http';
import { clientOf, traceOf } from './client';

const request = (forwarded: string | undefined, peer: string) =>
  ({
    headers: { 'x-forwarded-for': forwarded, 'user-agent': 'test' },
    socket: { remoteAddress: peer },
  }) as unknown as IncomingMessage;

test.each([
  ['no proxy is trusted', '1.1.1.1', '9.9.9.9', 0, '9.9.9.9'],
  ['one proxy', '1.1.1.1', '10.0.0.1', 1, '1.1.1.1'],
  ['one proxy, and a client that makes things up', '6.6.6.6, 1.1.1.1', '10.0.0.1', 1, '1.1.1.1'],
  ['two proxies', '6.6.6.6, 1.1.1.1, 10.0.0.2', '10.0.0.1', 2, '1.1.1.1'],
  ['fewer hops than proxies', '1.1.1.1', '10.0.0.1', 3, '1.1.1.1'],
  ['a trusted proxy that says nothing', undefined, '10.0.0.1', 1, '10.0.0.1'],
  ['a proxy that appends ports', '6.6.6.6:1, 1.1.1.1:1001', '10.0.0.1', 1, '1.1.1.1'],
  ['a proxy that appends IPv6 with a port', '[2001:DB8::1]:1001', '10.0.0.1', 1, '2001:db8::1'],
  ['a proxy that does not tell', 'unknown', '10.0.0.1', 1, '10.0.0.1'],
  ['an empty hop', '6.6.6.6, ', '10.0.0.1', 1, '10.0.0.1'],
  ['IPv4 on a socket that speaks both', undefined, '::ffff:127.0.0.1', 0, '127.0.0.1'],
])('%s', (_what, forwarded, peer, trusted, address) => {
  expect(clientOf(request(forwarded, peer), trusted)).toEqual({ address, userAgent: 'test' });
});

test('client headers do not inflate the headers of requests to subgraphs', () => {
  expect(clientOf(request('9'.repeat(15_000), '10.0.0.1'), 1).address).toBe('10.0.0.1');
  const traced = (traceparent: string, tracestate?: string) =>
    traceOf({ headers: { traceparent, tracestate } } as unknown as IncomingMessage);
  const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  for (const wrong of [`${valid}0`, valid.repeat(200), 'x', '']) expect(traced(wrong, 'a=1')).toBeUndefined();
  expect(traced(valid, 'a=1')).toEqual({ traceparent: valid, tracestate: 'a=1' });
  expect(traced(valid, 'a=1,'.repeat(200))).toEqual({ traceparent: valid });
});
