/** Rules of several kinds that one request breaks at once: decorators, settings, stored data, and several arguments. */
import type { Person } from '../harness/person';
import { PASSWORD, type System } from '../harness/system';

const UNKNOWN = '01890000-0000-7000-8000-000000000000';
const PAST = '2001-01-01T00:00:00Z';

export function allAtOnce(system: System): void {
  let ada: Person;
  let channelId: string;
  let privateId: string;
  let projectId: string;
  beforeAll(async () => {
    ada = await system.person('wrong');
    const channel = async (type: string) => (await ada.does('CreateChannel', { input: { name: 'wrong', type } })).id;
    [channelId, privateId] = [await channel('PUBLIC'), await channel('PRIVATE')];
    projectId = (await ada.does('CreateProject', { input: { key: 'WRONG', name: 'Wrong' } })).id;
  });

  const good = { username: 'somebody', email: 'somebody@example.org', password: PASSWORD };
  const cases: [string, string, () => object, string[]][] = [
    [
      'every rule of an account',
      'register(input: $input) { accessToken }',
      () => ({ RegisterInput: { username: 'x', email: 'none', password: 'short', displayName: ' ' } }),
      ['username', 'email', 'password', 'displayName'],
    ],
    [
      'a reserved name and a common password',
      'register(input: $input) { accessToken }',
      () => ({ RegisterInput: { ...good, username: 'everyone', password: 'password123' } }),
      ['username', 'password'],
    ],
    [
      'a taken name and a weak password',
      'register(input: $input) { accessToken }',
      () => ({ RegisterInput: { ...good, username: ada.username, password: 'short' } }),
      ['username', 'password'],
    ],
    [
      'a taken name and an address that is none',
      'register(input: $input) { accessToken }',
      () => ({ RegisterInput: { ...good, username: ada.username, email: 'none' } }),
      ['username', 'email'],
    ],
    [
      'a profile',
      'updateProfile(input: $input) { id }',
      () => ({ UpdateProfileInput: { displayName: '', locale: 'not a locale' } }),
      ['displayName', 'locale'],
    ],
    [
      'a wrong and a weak password',
      'changePassword(input: $input)',
      () => ({ ChangePasswordInput: { currentPassword: 'wrong', newPassword: 'short' } }),
      ['currentPassword', 'newPassword'],
    ],
    [
      'an unknown token and a weak password',
      'resetPassword(input: $input)',
      () => ({ ResetPasswordInput: { token: 'none', newPassword: 'short' } }),
      ['token', 'newPassword'],
    ],
    [
      'an API key',
      'createApiKey(input: $input) { secret }',
      () => ({ CreateApiKeyInput: { name: '', permissions: ['MANAGE'], expiresAt: PAST } }),
      ['name', 'permissions', 'expiresAt'],
    ],
    [
      'a channel',
      'createChannel(input: $input) { id }',
      () => ({ CreateChannelInput: { name: '', type: 'DIRECT', openToGuests: true, memberIds: [UNKNOWN] } }),
      ['name', 'type', 'openToGuests', 'memberIds'],
    ],
    [
      'the changes of a channel',
      'updateChannel(input: $input) { id }',
      () => ({ UpdateChannelInput: { id: privateId, name: '', slowModeSeconds: -1, openToGuests: true } }),
      ['name', 'slowModeSeconds', 'openToGuests'],
    ],
    [
      'a message',
      'sendMessage(input: $input) { id }',
      () => ({ SendMessageInput: { channelId, body: '', parentId: UNKNOWN, attachmentIds: [UNKNOWN] } }),
      ['body', 'parentId', 'attachmentIds'],
    ],
    [
      'a message whose id is too long',
      'sendMessage(input: $input) { id }',
      () => ({ SendMessageInput: { channelId, body: '', parentId: UNKNOWN, clientMutationId: 'x'.repeat(201) } }),
      ['body', 'parentId', 'clientMutationId'],
    ],
    [
      'a scheduled message',
      'scheduleMessage(input: $input) { id }',
      () => ({ ScheduleMessageInput: { channelId, body: '', sendAt: PAST } }),
      ['body', 'sendAt'],
    ],
    [
      'a webhook',
      'createWebhook(input: $input) { id }',
      () => ({ CreateWebhookInput: { channelId, url: 'ftp://example.org', events: ['None'] } }),
      ['url', 'events'],
    ],
    [
      'a ticket',
      'createTicket(input: $input) { id }',
      () => ({ CreateTicketInput: { projectId, title: '', labels: ['a,b'], assigneeId: UNKNOWN } }),
      ['title', 'labels', 'assigneeId'],
    ],
  ];
  test.each(cases)('%s', async (_what, call, variables, wrong) => {
    const [[type, input] = []] = Object.entries(variables());
    const { errors } = await ada.asks(`mutation ($input: ${type}!) { ${call} }`, { input });
    expect(errors).toHaveLength(1);
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(Object.keys(errors[0].extensions.fields).sort()).toEqual(wrong.sort());
  });

  test('the size and the cursor of a page', async () => {
    const { errors } = await ada.asks('{ users(first: 0, after: "none") { totalCount } }');
    expect(Object.keys(errors[0].extensions.fields)).toEqual(['first', 'after']);
  });

  test('a name that is merely taken is a conflict', async () => {
    const refusal = await system.nobody.isRefused('Register', { input: { ...good, username: ada.username } });
    expect(refusal).toMatchObject({ code: 'CONFLICT', fields: { username: expect.any(String) } });
  });
}
