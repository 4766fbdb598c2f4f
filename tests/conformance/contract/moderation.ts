/** Moderation in the contract's operations: a report reaches the moderators of the channel, and their decision takes effect. */
import type { Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

export function moderation(system: System): void {
  let ada: Person;
  let bob: Person;
  let eve: Person;
  let channelId: string;
  beforeAll(async () => {
    [ada, bob, eve] = await system.people('ada', 'bob', 'eve');
  });
  beforeEach(async () => {
    channelId = await privateChannel(ada, 'forum', bob, eve);
  });

  async function report(): Promise<{ messageId: string; reportId: string }> {
    const { id } = await eve.does('SendMessage', { input: { channelId, body: 'something nasty' } });
    const made = await bob.does('ReportMessage', { id, reason: 'nasty' });
    expect(made).toEqual({ id: expect.any(String), state: 'OPEN' });
    return { messageId: id, reportId: made.id };
  }

  test.each([
    ['DISMISS', 'DISMISSED', { body: 'something nasty' }, true],
    ['DELETE_MESSAGE', 'MESSAGE_DELETED', { body: '' }, true],
    ['MUTE_AUTHOR', 'AUTHOR_MUTED', { body: 'something nasty' }, false],
  ])('%s', async (action, state, message, authorMayWrite) => {
    const { messageId, reportId } = await report();
    for (const person of [bob, eve])
      expect((await person.isRefused('ResolveReport', { id: reportId, action })).code).toBe('NOT_FOUND');
    expect(await ada.does('ResolveReport', { id: reportId, action })).toEqual({ id: reportId, state });
    const { messages } = await bob.does('ChannelHistory', { id: channelId, last: 1 });
    expect(messages.edges[0].node).toMatchObject({ id: messageId, ...message });
    const { errors } = await eve.asks('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }', {
      input: { channelId, body: 'so?' },
    });
    expect(errors?.[0].extensions.code).toBe(authorMayWrite ? undefined : 'FORBIDDEN');
    expect((await ada.isRefused('ResolveReport', { id: reportId, action })).code).toBe('CONFLICT');
  });

  test('a message is reported only by an account that sees it', async () => {
    const { messageId } = await report();
    const rex = await system.person('rex');
    expect((await rex.isRefused('ReportMessage', { id: messageId, reason: 'nosy' })).code).toBe('NOT_FOUND');
    expect((await system.nobody.isRefused('ReportMessage', { id: messageId, reason: 'nosy' })).code).toBe(
      'UNAUTHENTICATED',
    );
  });
}
