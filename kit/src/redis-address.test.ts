/** The forms of REDIS_URL. */
import { redisVariable, sentinelOptions } from './redis-address';

test('an address with Sentinels names hosts, master, credentials and database', () => {
  expect(sentinelOptions('redis+sentinel://one,two:26380,[::1]:26381/chat')).toMatchObject({
    name: 'chat',
    sentinels: [
      { host: 'one', port: 26_379 },
      { host: 'two', port: 26_380 },
      { host: '::1', port: 26_381 },
    ],
  });
  expect(sentinelOptions('redis+sentinel://one/chat')).not.toHaveProperty('tls');
  const full = 'rediss+sentinel://me:p%40ss@one:1/chat/3?sentinelPassword=s%2Fp';
  expect(sentinelOptions(full)).toMatchObject({
    username: 'me',
    password: 'p@ss',
    sentinelPassword: 's/p',
    db: 3,
    tls: {},
    enableTLSForSentinelMode: true,
  });
});

test.each([
  ['redis://localhost', true],
  ['rediss://:secret@host:6379/1', true],
  ['redis+sentinel://:secret@host/master', true],
  ['http://host', false],
  ['redis://', false],
  ['redis+sentinel://host', false],
  ['redis+sentinel:///master', false],
  ['redis+sentinel://host:port/master', false],
  ['redis+sentinel://one,,two/master', false],
  ['', false],
])('%p as REDIS_URL: %p', (text, isValid) => {
  expect(redisVariable().safeParse(text).success).toBe(isValid);
});
