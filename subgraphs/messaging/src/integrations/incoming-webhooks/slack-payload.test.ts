/** Slack's payloads as Markdown, including invalid ones. */
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
  [7, '7'],
  ['ask <@U1|bob>, <@U2>', 'ask @bob, @U2'],
  ['<@U1|channel>', '\\@channel'],
  ['<!subteam^S1|@ops> <!subteam^S2>', '@ops @S2'],
  ['<#C1|general> <#C2>', '#general #C2'],
  ['<!date^1392734382^{date}|Feb 18, 2014>', 'Feb 18, 2014'],
  ['<!date^1392734382^{date}^https://a.example|then>', '[then](https://a.example)'],
  ['<!date^1392734382^{date}>', '2014-02-18T14:39Z'],
  ['`*a* <https://a.example> &amp;`', '`*a* <https://a.example> &`'],
  ['```\n*a* ~b~ <@U1|x>\n```', '```\n*a* ~b~ <@U1|x>\n```'],
  ['log: ```a\n*b*``` end', 'log: \n```\na\n*b*\n```\n end'],
  ['```*a*``` *b*', '```*a*``` **b**'],
  ['*see <https://a.example|here>*', '**see [here](https://a.example)**'],
  ['<https://a.example/x y|a [b]>', '[a \\[b\\]](https://a.example/x%20y)'],
  ['<tel:123|call me>', 'call me'],
  ['a < b > c <b>', 'a < b > c <b>'],
  ['&amp;lt;', '&lt;'],
])('converts %j to %j', (text, body) => expect(bodyOf({ text })).toBe(body));

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
    'News\n\nDeployed\n**[Build 7](https://ci.example.org/7)**\nAll **green**\n**Branch**: main\nci\n\nonly this',
  );
  expect(bodyOf({ attachments: [{ ...attachment, fields: [{ title: 'Branch', value: 'main' }] }] })).toContain(
    '**Branch**: main',
  );
});

test('uses blocks if there is no text', () => {
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: 'Alert' } },
    { type: 'divider' },
    { type: 'section', fields: [{ type: 'mrkdwn', text: '*CPU*' }] },
  ];
  expect(bodyOf({ blocks })).toBe('Alert\n**CPU**');
  expect(bodyOf({ text: 'CPU alert', blocks })).toBe('CPU alert');
});

const block = (...elements: unknown[]) => bodyOf({ blocks: [{ type: 'rich_text', elements }] });
const section = (...elements: unknown[]) => ({ type: 'rich_text_section', elements });
const says = (text: string, style?: object) => ({ type: 'text', text, style });

test('reads every block that has text', () => {
  const image = { type: 'image', image_url: 'https://a.example/x.png', alt_text: 'a chart' };
  const blocks = [
    null,
    7,
    { type: 'header', text: { type: 'plain_text', text: 'Alert *now*' } },
    { type: 'section', text: { type: 'mrkdwn', text: '*disk* full' }, accessory: { type: 'button', text: 'x' } },
    { type: 'context', elements: [null, { type: 'mrkdwn', text: 'by <@U1|bob>' }, image] },
    { ...image, title: { type: 'plain_text', text: 'Chart' } },
    { type: 'video', title: { type: 'plain_text', text: 'Film' }, title_url: 'https://a.example/film' },
    { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Roll back' } }] },
    { type: 'markdown', text: '# Title\n- **a**' },
  ];
  const expected =
    'Alert \\*now\\*\n**disk** full\nby @bob [a chart](https://a.example/x.png)\n[Chart](https://a.example/x.png)\n' +
    '[Film](https://a.example/film)\n\n# Title\n- **a**';
  expect(bodyOf({ blocks })).toBe(expected);
  expect(bodyOf({ attachments: [null, { blocks, fallback: 'not this' }] })).toBe(expected);
});

test('reads rich text', () => {
  const inline = [
    says('bold', { bold: true }),
    says(' & '),
    says(' both ', { bold: true, italic: true }),
    says('gone', { strike: true }),
    says(' '),
    says('a `b`', { code: true }),
    says(' '),
    { type: 'link', url: 'https://a.example', text: 'link' },
    { type: 'emoji', name: 'tada', unicode: '1f389' },
    { type: 'emoji', name: 'own' },
    says(' '),
    { type: 'user', user_id: 'U1' },
    { type: 'usergroup', usergroup_id: 'S1' },
    { type: 'channel', channel_id: 'C1' },
    says(' '),
    { type: 'broadcast', range: 'here' },
    says(' '),
    { type: 'date', timestamp: 0, format: '{date}', fallback: 'then' },
    null,
    { type: 'unknown' },
  ];
  expect(block(section(...inline))).toBe(
    '**bold** &  **_both_** ~~gone~~ `` a `b` `` [link](https://a.example)🎉:own: @U1@S1#C1 @here then',
  );
  const list = (style: string, indent: number, ...items: string[]) => ({
    type: 'rich_text_list',
    style,
    indent,
    elements: items.map((item) => section(says(item))),
  });
  expect(block(section(says('To do')), list('bullet', 0, 'a', 'b'), list('ordered', 1, 'c'))).toBe(
    'To do\n\n- a\n- b\n\n    1. c',
  );
  expect(block({ type: 'rich_text_quote', elements: [says('said\nso')] }, section(says('*I*')))).toBe(
    '> said\n> so\n\n\\*I\\*',
  );
  expect(block({ type: 'rich_text_preformatted', elements: [says('*x*\n```')] })).toBe('````\n*x*\n```\n````');
});

test('reads authors, numbers and lists with invalid members', () => {
  expect(
    bodyOf({
      attachments: [
        null,
        {
          author_name: 'ada',
          author_link: 'https://a.example/ada',
          text: 1,
          fields: [null, { title: 'Load', value: 0.5 }, { title: 'Up' }, { value: true }],
        },
      ],
    }),
  ).toBe('[ada](https://a.example/ada)\n1\n**Load**: 0.5\n**Up**\ntrue');
  expect(bodyOf({ text: '*a*', mrkdwn: false })).toBe('\\*a\\*');
});

test.each([null, 'text', 7, true])('%j is not a payload', (value) => expect(readSlackPayload(value)).toBeUndefined());

test('never throws and always returns text', () => {
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
