/** Slack's payloads as Markdown, and what is left of payloads that are none. */
import fc from 'fast-check';
import { readSlackPayload } from './slack-payload';

const bodyOf = (payload: unknown) => readSlackPayload(payload)?.body;

test.each([
  ['plain *bold* text', 'plain **bold** text'],
  ['*a* *b*', '**a** **b**'],
  ['2 * 3 * 4', '2 * 3 * 4'],
  ['~gone~, _slanted_ and `code`', '~~gone~~, _slanted_ and `code`'],
  ['see <https://example.org/a?b=1&amp;c=2|the page>', 'see [the page](https://example.org/a?b=1&c=2)'],
  ['<https://example.org>', '<https://example.org>'],
  ['<!channel> and <!here|here>', '@channel and @here'],
  ['a &lt; b &amp;amp; c', 'a < b &amp; c'],
  ['  \n ', ''],
])('turns %j into %j', (text, body) => expect(bodyOf({ text })).toBe(body));

test('degrades attachments to text', () => {
  const attachment = {
    color: '#36a64f',
    pretext: 'Deployed',
    title: 'Build 7',
    title_link: 'https://ci.example.org/7',
    text: 'All *green*',
    fields: [{ title: 'Branch', value: 'main', short: true }, 'nonsense'],
    footer: 'ci',
    actions: [{ type: 'button', text: 'Roll back' }],
  };
  expect(bodyOf({ text: 'News', attachments: [attachment, { fallback: 'only this' }, {}] })).toBe(
    'News\n\nDeployed\n**[Build 7](https://ci.example.org/7)**\nAll **green**\nci\n\nonly this',
  );
  expect(bodyOf({ attachments: [{ ...attachment, fields: [{ title: 'Branch', value: 'main' }] }] })).toContain(
    '**Branch**: main',
  );
});

test('takes blocks where there is no text', () => {
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: 'Alert' } },
    { type: 'divider' },
    { type: 'section', fields: [{ type: 'mrkdwn', text: '*CPU*' }] },
  ];
  expect(bodyOf({ blocks })).toBe('Alert\n**CPU**');
  expect(bodyOf({ text: 'CPU alert', blocks })).toBe('CPU alert');
});

test.each([null, 'text', 7, true])('%j is no payload', (value) => expect(readSlackPayload(value)).toBeUndefined());

test('whatever the payload, it throws nothing and answers with text', () => {
  fc.assert(
    fc.property(
      fc.record({ text: fc.anything(), username: fc.anything(), attachments: fc.anything(), blocks: fc.anything() }),
      (payload) => {
        const message = readSlackPayload(payload)!;
        expect([typeof message.body, typeof message.username]).toEqual(['string', 'string']);
      },
    ),
  );
});
