/** URLs and addresses that webhooks may use. */
import { isPublicAddress, urlProblem } from './public-address';

const problem = (url: string, allowPrivateAddresses = false) =>
  urlProblem(url, allowPrivateAddresses ? () => true : isPublicAddress);

test.each([
  'https://example.org/hook',
  'http://example.org:8080/hook?x=1',
  'https://93.184.216.34/',
  'https://[2606:2800:220:1::1]/',
  'https://localhost.example.org/',
])('accepts %s', (url) => expect(problem(url)).toBeUndefined());

test.each([
  ['ftp://example.org/', /https/],
  ['file:///etc/passwd', /https/],
  ['gopher://example.org/', /https/],
  ['javascript:alert(1)', /https/],
  ['//example.org/', /URL/],
  ['example.org', /URL/],
  ['', /URL/],
  ['https://user@example.org/', /password/],
  ['https://:secret@example.org/', /password/],
  [`https://example.org/${'x'.repeat(2048)}`, /2048/],
])('refuses %s', (url, reason) => {
  expect(problem(url)).toMatch(reason);
  expect(problem(url, true)).toMatch(reason);
});

test.each([
  'http://localhost/',
  'http://LOCALHOST./',
  'http://api.localhost/',
  'http://printer.local/',
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://017700000001/',
  'http://0/',
  'http://0.0.0.0/',
  'http://0177.0.0.1/',
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://①②⑦.⓪.⓪.①/',
  'http://127。0。0。1/',
  'http://[::]/',
  'http://[fe80::1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://10.1.2.3/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[fd00::1]/',
])('refuses the private address in %s', (url) => {
  expect(problem(url)).toMatch(/private/);
  expect(problem(url, true)).toBeUndefined();
});

test.each(['93.184.216.34', '8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) =>
  expect(isPublicAddress(address)).toBe(true),
);

test.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.8.9.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.18.0.1',
  '203.0.113.7',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::ffff:192.168.0.1',
  '64:ff9b::a00:1',
  '64:ff9b:1::a00:1',
  '100::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'nonsense',
  '',
])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
