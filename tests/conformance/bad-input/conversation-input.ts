/** Invalid messages, reactions, cursors and addresses, each over HTTP and over WebSocket. */
import type { Data, Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

const UNKNOWN = '01890000-0000-7000-8000-000000000000';

export function conversationInput(system: System): void {
  let ada: Person;
  let bob: Person;
  let channelId: string;
  let elsewhere: string;
  let message: Data;
  let foreign: Data;
  beforeAll(async () => {
    [ada, bob] = await system.people('ada', 'bob');
    channelId = await privateChannel(ada, 'here', bob);
    elsewhere = await privateChannel(ada, 'elsewhere');
    const send = (into: string) => ada.does('SendMessage', { input: { channelId: into, body: 'the only one' } });
    [message, foreign] = await Promise.all([send(channelId), send(elsewhere)]);
  });

  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const body = (text: string): [string, () => object] => ['SendMessage', () => ({ input: { channelId, body: text } })];
  const scheduled = (sendAt: () => string): [string, () => object] => [
    'ScheduleMessage',
    () => ({ input: { channelId, body: 'later', sendAt: sendAt() } }),
  ];
  const hook = (url: string): [string, () => object] => [
    'CreateWebhook',
    () => ({ input: { url, events: ['MessageAdded'], channelId } }),
  ];

  const table: Record<string, [operation: string, variables: () => object, code: string | RegExp]> = {
    'an empty message': [...body(''), 'BAD_USER_INPUT'],
    'a message of white space': [...body(' \n\t\u2003\u200B'), 'BAD_USER_INPUT'],
    'an overlong message': [...body('a'.repeat(16_001)), 'BAD_USER_INPUT'],
    'an overlong message of few characters': [...body('👩‍👩‍👧‍👦'.repeat(3000)), 'BAD_USER_INPUT'],
    'a null byte': [...body('a\0b'), 'BAD_USER_INPUT'],
    'a lone surrogate': [...body('a\uD800b'), 'BAD_USER_INPUT'],
    'an override of the direction of writing': [...body('gpj.\u202Eexe.txt'), 'BAD_USER_INPUT'],
    '10,000 mentions': [
      ...body(
        Array.from({ length: 10_000 }, (_, index) => `@a${index.toString(36)}`)
          .join(' ')
          .slice(0, 15_999),
      ),
      'BAD_USER_INPUT',
    ],
    'a channel that is not there': [
      'SendMessage',
      () => ({ input: { channelId: UNKNOWN, body: 'hello' } }),
      'NOT_FOUND',
    ],
    'a channel whose id is none': [
      'SendMessage',
      () => ({ input: { channelId: "'; --", body: 'hello' } }),
      'NOT_FOUND',
    ],
    'a channel of others': ['ChannelHistory', () => ({ id: elsewhere }), 'NOT_FOUND'],
    'a message of others': ['Thread', () => ({ id: foreign.id }), 'NOT_FOUND'],
    'a message that is not there': ['Thread', () => ({ id: UNKNOWN }), 'NOT_FOUND'],
    'a parent in another channel': [
      'SendMessage',
      () => ({ input: { channelId, body: 'hello', parentId: foreign.id } }),
      /^(NOT_FOUND|BAD_USER_INPUT)$/,
    ],
    'a parent that is not there': [
      'SendMessage',
      () => ({ input: { channelId, body: 'hello', parentId: UNKNOWN } }),
      /^(NOT_FOUND|BAD_USER_INPUT)$/,
    ],
    'a file that is not there': [
      'SendMessage',
      () => ({ input: { channelId, body: 'hello', attachmentIds: [UNKNOWN] } }),
      /^(NOT_FOUND|BAD_USER_INPUT)$/,
    ],
    'a change of what others wrote': ['EditMessage', () => ({ id: message.id, body: 'changed' }), 'FORBIDDEN'],
    'a removal of what others wrote': ['DeleteMessage', () => ({ id: message.id }), 'FORBIDDEN'],
    'a reaction in letters': ['AddReaction', () => ({ messageId: message.id, emoji: 'lol' }), 'BAD_USER_INPUT'],
    'a reaction of two emoji': ['AddReaction', () => ({ messageId: message.id, emoji: '👍👍' }), 'BAD_USER_INPUT'],
    'a reaction of nothing': ['AddReaction', () => ({ messageId: message.id, emoji: '' }), 'BAD_USER_INPUT'],
    'a reaction of a digit': ['AddReaction', () => ({ messageId: message.id, emoji: '1' }), 'BAD_USER_INPUT'],
    'a cursor that is none': ['ChannelHistory', () => ({ id: channelId, last: 1, before: 'x' }), 'BAD_USER_INPUT'],
    'a cursor of another list': [
      'Channels',
      () => ({ first: 1, after: Buffer.from('["messages",1]').toString('base64url') }),
      'BAD_USER_INPUT',
    ],
    'a page of none': ['Channels', () => ({ first: 0 }), 'BAD_USER_INPUT'],
    'a page of too many': [
      'ChannelHistory',
      () => ({ id: channelId, last: 1001 }),
      /^(BAD_USER_INPUT|LIMIT_EXCEEDED)$/,
    ],
    'a negative page': ['Users', () => ({ first: -1 }), 'BAD_USER_INPUT'],
    'a time in the past': [...scheduled(() => inMs(-1000)), 'BAD_USER_INPUT'],
    'a time in a hundred years': [...scheduled(() => inMs(100 * 366 * 86_400_000)), 'BAD_USER_INPUT'],
    'a time that is none': [...scheduled(() => 'tomorrow'), 'BAD_USER_INPUT'],
    'a time that the calendar does not have': [...scheduled(() => '2026-02-30T00:00:00Z'), 'BAD_USER_INPUT'],
    'an empty search': ['SearchMessages', () => ({ query: ' ' }), 'BAD_USER_INPUT'],
    'a direct channel with who is not there': [
      'OpenDirectChannel',
      () => ({ userIds: [UNKNOWN] }),
      /^(NOT_FOUND|BAD_USER_INPUT)$/,
    ],
  };

  const owned: typeof table = {
    'a webhook with credentials': [...hook('https://user:secret@example.org/'), 'BAD_USER_INPUT'],
    'a webhook to a file': [...hook('file:///etc/passwd'), 'BAD_USER_INPUT'],
    'a webhook in an odd scheme': [...hook('gopher://example.org/'), 'BAD_USER_INPUT'],
    'a webhook to this machine': [...hook('http://127.0.0.1:80/'), 'BAD_USER_INPUT'],
    'a webhook to this machine by name': [...hook('http://localhost./'), 'BAD_USER_INPUT'],
    'a webhook to this machine as a number': [...hook('http://2130706433/'), 'BAD_USER_INPUT'],
    'a webhook to this machine in IPv6': [...hook('http://[::ffff:127.0.0.1]/'), 'BAD_USER_INPUT'],
    'a webhook to the metadata of a cloud': [...hook('http://169.254.169.254/latest/meta-data'), 'BAD_USER_INPUT'],
    'a webhook for no events': [
      'CreateWebhook',
      () => ({ input: { url: 'https://example.org/', events: [], channelId } }),
      'BAD_USER_INPUT',
    ],
    'a webhook for events that are none': [
      'CreateWebhook',
      () => ({ input: { url: 'https://example.org/', events: ['Nothing'], channelId } }),
      'BAD_USER_INPUT',
    ],
    'an edit into nothing': ['EditMessage', () => ({ id: message.id, body: ' ' }), 'BAD_USER_INPUT'],
    'a member who is not there': ['AddMembers', () => ({ channelId, userIds: [bob.id, UNKNOWN] }), 'BAD_USER_INPUT'],
    'a member whose id is none': ['AddMembers', () => ({ channelId, userIds: ['bob'] }), 'BAD_USER_INPUT'],
    'a first member who is not there': [
      'CreateChannel',
      () => ({ input: { name: 'ghosts', memberIds: [UNKNOWN] } }),
      'BAD_USER_INPUT',
    ],
    'a first member whose id is none': [
      'CreateChannel',
      () => ({ input: { name: 'ghosts', memberIds: ['bob'] } }),
      'BAD_USER_INPUT',
    ],
    'a negative slow mode': [
      'UpdateChannel',
      () => ({ input: { id: channelId, slowModeSeconds: -1 } }),
      'BAD_USER_INPUT',
    ],
    'a name of white space': ['UpdateChannel', () => ({ input: { id: channelId, name: '  ' } }), 'BAD_USER_INPUT'],
    'a role for who is no member': [
      'SetMemberRole',
      () => ({ channelId, userId: UNKNOWN, role: 'MEMBER' }),
      'NOT_FOUND',
    ],
  };

  const isRefusedAlike = async (person: Person, [operation, variables, code]: (typeof table)[string]) => {
    const given = variables() as Record<string, unknown>;
    const overHttp = await person.isRefused(operation, given);
    expect(overHttp.code).toMatch(typeof code === 'string' ? new RegExp(`^${code}$`) : code);
    if (overHttp.code === 'BAD_USER_INPUT') expect(Object.values(overHttp.fields ?? { text: '' })).not.toEqual([]);
    const overSocket = await person.mayNotFollow(operation, given);
    expect(overSocket.code).toBe(overHttp.code);
  };
  test.each(Object.keys(table))('%s', (what) => isRefusedAlike(bob, table[what]!));
  test.each(Object.keys(owned))('%s', (what) => isRefusedAlike(ada, owned[what]!));

  test('after all of that nothing has changed', async () => {
    const channel = await bob.does('ChannelHistory', { id: channelId, last: 10 });
    expect(channel.name).toBe('here');
    expect(channel.messages.edges.map(({ node }: Data) => node)).toEqual([message]);
  });
}
