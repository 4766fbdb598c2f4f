/** Mentions in message texts: which names count and which are plain text. */
// cspell:ignore bobครับ
import { analyseText } from '../../messages/formatting/message-text';
import { mentionedNames } from './mention.parser';

const namesIn = (body: string, maxNames = 50) => mentionedNames(analyseText(body).said, maxNames);

/** The first key that belongs to an account, as the directory would answer. */
const told = (body: string, accounts: readonly string[]) =>
  namesIn(body).names.flatMap((keys) => keys.find((key) => accounts.includes(key)) ?? []);

test.each([
  'hello @bob',
  'two `stray\n\nbackticks` in two paragraphs @bob',
  '_@bob_',
  '**@bob**',
  '@b**o**b',
  '.@bob',
  '(@bob)',
  '@bob.',
  '@bob...',
  '@bob-',
  '@Bob!',
  '請@bob看看',
  '请@bob看看',
  '@bobさん',
  '@bobです',
  'ดู@bobครับ',
  '[@bob](https://a.example)',
  '> @bob',
  '- [ ] @bob',
  '| @bob |\n|---|\n| x |',
  '# @bob',
  '&#64;bob',
  '~~@bob~~',
  'see a/b @bob',
  '@ann/@bob',
  '\\\\@bob',
  '```\ncode\n```\n@bob',
  '_@bob',
  '"@bob"',
  '＠bob @bob',
])('%j tells bob', (body) => expect(told(body, ['bob'])).toEqual(['bob']));

test.each([
  '~~~\n@bob\n~~~',
  '```\n@bob',
  '    @bob',
  '`@bob`',
  '`` ` @bob ``',
  'https://medium.com/@bob',
  '<https://medium.com/@bob>',
  'www.medium.com/@bob',
  'medium.com/@bob',
  '(medium.com/a/@bob)',
  'ftp://a.example/@bob',
  '[x](https://a/@bob)',
  '[x](https://a "@bob")',
  '[x]: https://a/@bob\n\n[x]',
  '\\@bob',
  'mail ann@bob',
  'ann@bob.example',
  '<ann@bob.example>',
  '@bob_',
  '@bobby',
  '@bob-smith',
  '@bob.smith',
  'a_@bob',
  '@@bob',
  'é@bob',
  '@\u200Bbob',
])('%j tells nobody', (body) => expect(told(body, ['bob'])).toEqual([]));

test('a name that continues with a dot, a hyphen or an underscore is the longest known one', () => {
  const accounts = ['bob', 'bob_', 'bob.', 'bob-smith', '小明'];
  expect(told('@bob_.', accounts)).toEqual(['bob_']);
  expect(told('@bob_', accounts)).toEqual(['bob_']);
  expect(told('@bob.', accounts)).toEqual(['bob.']);
  expect(told('@bob-smith.', accounts)).toEqual(['bob-smith']);
  expect(told('@bob.-', accounts)).toEqual(['bob.']);
  expect(told('@小明', accounts)).toEqual(['小明']);
});

test.each(['@channel', '@all', '@everyone!', '_@channel_', '@channel请看', '.@all', '@Channel.'])(
  '%j addresses all members',
  (body) => expect(namesIn(body)).toEqual({ names: [], isToEverybody: true, isToOnline: false }),
);

test.each([
  'https://a.b/@channel',
  '`@channel`',
  '\\@channel',
  '@channels',
  '@channel-ops',
  '    @channel',
  'a@channel',
])('%j is not to everybody', (body) =>
  expect(namesIn(body)).toMatchObject({ isToEverybody: false, isToOnline: false }),
);

test('counts a name once, and stops after one name too many', () => {
  expect(namesIn('@bob @Bob @bob').names).toHaveLength(1);
  const body = Array.from({ length: 3000 }, (_, i) => `@n${i}`).join(' ');
  expect(namesIn(body, 5).names).toHaveLength(6);
});
