/** One canonical form for every way to write an address. */
import fc from 'fast-check';
import { isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress, networkOf } from './address';
import { clientFrom, CLIENT_ADDRESS_HEADER } from './client';

test.each([
  ['3.3.3.3', '3.3.3.3'],
  ['3.3.3.3:1001', '3.3.3.3'],
  [' 3.3.3.3 ', '3.3.3.3'],
  ['"3.3.3.3:1001"', '3.3.3.3'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['"[2001:db8::1]:4711"', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%25eth0]:80', 'fe80::1'],
  ['::ffff:3.3.3.3', '3.3.3.3'],
  ['::FFFF:3.3.3.3', '3.3.3.3'],
  ['::ffff:303:303', '3.3.3.3'],
  ['0:0:0:0:0:ffff:0303:0303', '3.3.3.3'],
  ['[::ffff:3.3.3.3]:1001', '3.3.3.3'],
  ['::1', '::1'],
  ['::', '::'],
])('%s is %s', (text, address) => {
  expect(canonicalAddress(text)).toBe(address);
  expect(clientFrom({ [CLIENT_ADDRESS_HEADER]: text }).address).toBe(address);
});

test.each([
  '',
  'unknown',
  '_hidden',
  '3.3.3',
  '03.3.3.3',
  '3.3.3.3:',
  '3.3.3.3:x',
  '[3.3.3.3',
  '2001:db8',
  'a'.repeat(15_000),
])('"%s" is no address', (text) => expect(canonicalAddress(text)).toBeNull());

/** Each way to write an IPv4 or IPv6 address. */
const written: fc.Arbitrary<(address: string) => string> = fc
  .tuple(fc.integer({ min: 0, max: 65_535 }), fc.boolean(), fc.constantFrom('', '%eth0', '%25en1', '%3'))
  .chain(([port, isUpper, zone]) =>
    fc
      .constantFrom<((address: string) => string)[]>(
        (address) => address,
        (address) => ` ${address} `,
        (address) => (isIPv6(address) ? `[${address}]` : address),
        (address) => (isIPv6(address) ? `[${address}${zone}]:${port}` : `${address}:${port}`),
        (address) => (isIPv6(address) ? `"[${address}]:${port}"` : `"${address}:${port}"`),
        (address) => (isIPv6(address) ? `${address}${zone}` : `::ffff:${address}`),
        (address) => (isIPv6(address) ? address : `[::ffff:${address}${zone}]:${port}`),
      )
      .map((write) => (address: string) => (isUpper ? write(address).toUpperCase() : write(address))),
  );

test('every way to write an address has the same canonical form, which is its own', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), written, (address, write) => {
      const canonical = canonicalAddress(address)!;
      expect(canonicalAddress(write(address))).toBe(canonical);
      expect(canonicalAddress(canonical)).toBe(canonical);
      expect(networkOf(write(address))).toBe(networkOf(canonical));
      if (isIPv4(address)) expect(canonical).toBe(address);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2:ffff::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('limits count %s as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
