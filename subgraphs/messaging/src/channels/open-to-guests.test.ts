// cspell:words Gäste
/** Channels that are open to guests, and the channel `#general` of a fresh installation. */
import type { Database } from '@chat/kit/database/database';
import { OpenToGuests } from '../migrations/510-open-to-guests';
import { openTestDatabase } from '../testing/test-database';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';

const GENERAL = '00000000-0000-7000-8000-000000000001';

let messaging: TestMessaging;
let database: Database;
let ada: Person;
let bob: Person;
let guest: Person;
let moderator: Person;

beforeAll(async () => {
  messaging = await startTestMessaging();
  database = await openTestDatabase(messaging);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});
beforeEach(() => {
  [ada, bob, guest] = [messaging.person(), messaging.person(), messaging.person('GUEST')];
  moderator = messaging.person('MODERATOR');
});

const JOIN = 'mutation ($id: ID!) { joinChannel(channelId: $id) { name viewerMembership { role } } }';
const ADDED = 'subscription ($id: ID!, $after: String) { messageAdded(channelId: $id, after: $after) { body } }';
const LEAVE = 'mutation ($id: ID!) { leaveChannel(channelId: $id) }';
const ADD = 'mutation ($id: ID!, $u: [ID!]!) { addMembers(channelId: $id, userIds: $u) { id } }';
const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id openToGuests } }';
const UPDATE = 'mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { openToGuests name } }';
const ROLE =
  'mutation ($id: ID!, $u: ID!, $role: MemberRole!) { setMemberRole(channelId: $id, userId: $u, role: $role) { role } }';
const ROLES = 'query ($id: ID!) { channel(id: $id) { members { role user { id } } } }';

const rolesIn = async (person: Person, id: string): Promise<Record<string, string>> =>
  Object.fromEntries((await person.does(ROLES, { id })).channel.members.map(({ user, role }: any) => [user.id, role]));

describe('#general', () => {
  test('exists on a fresh installation, and guests join, write and listen', async () => {
    const { channels } = await guest.does(
      '{ channels(search: "general") { edges { node { id name type topic openToGuests } } } }',
    );
    expect(channels.edges).toEqual([
      {
        node: {
          id: GENERAL,
          name: 'general',
          type: 'PUBLIC',
          topic: expect.stringMatching(/guests.*Gäste/),
          openToGuests: true,
        },
      },
    ]);
    const send = { input: { channelId: GENERAL, body: 'hello' } };
    const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { cursor } }';
    expect(await guest.isRefused(SEND, send)).toEqual({ code: 'FORBIDDEN' });
    expect((await guest.does(JOIN, { id: GENERAL })).joinChannel).toEqual({
      name: 'general',
      viewerMembership: { role: 'MEMBER' },
    });
    const { cursor } = (await guest.does(SEND, send)).sendMessage;
    await ada.joins(GENERAL);
    await ada.sends(GENERAL, 'welcome');
    const live = await guest.follows(ADDED, { id: GENERAL, after: cursor });
    expect(await live.take(1)).toEqual([{ messageAdded: { body: 'welcome' } }]);
    await live.end();
  });

  test('has no owner if members leave, and the moderators of the installation stand in', async () => {
    for (const person of [ada, bob, guest]) await person.joins(GENERAL);
    await ada.does(LEAVE, { id: GENERAL });
    expect(Object.values(await rolesIn(bob, GENERAL))).not.toContain('OWNER');
    const appoint = { id: GENERAL, u: bob.id, role: 'OWNER' };
    expect(await guest.isRefused(ROLE, appoint)).toEqual({ code: 'FORBIDDEN' });
    expect(await bob.isRefused(ROLE, appoint)).toEqual({ code: 'FORBIDDEN' });
    expect((await moderator.does(ROLE, appoint)).setMemberRole.role).toBe('OWNER');
    expect((await moderator.does(ROLE, { ...appoint, role: 'MEMBER' })).setMemberRole.role).toBe('MEMBER');
    await moderator.does(UPDATE, { input: { id: GENERAL, name: 'lobby' } });
    await moderator.does(UPDATE, { input: { id: GENERAL, name: 'general' } });
  });

  test('is not created where channels exist', async () => {
    const kept = new Error('rolled back');
    const migrateAgain = database.fork().transactional(async (tx) => {
      const statements = new OpenToGuests(undefined as never, undefined as never);
      statements.up();
      const insert = statements.getQueries().find((query) => String(query).includes('insert into messaging.channels'));
      const count = async () =>
        (await tx.execute<{ id: string }[]>('select id from messaging.channels where id = ?', [GENERAL])).length;
      await tx.execute('delete from messaging.channels where id = ?', [GENERAL]);
      await tx.execute(
        `insert into messaging.channels (id, type, name, created_at) values (gen_random_uuid(), 'PUBLIC', 'old', now())`,
      );
      await tx.execute(String(insert));
      expect(await count()).toBe(0);
      await tx.execute('delete from messaging.channels');
      await tx.execute(String(insert));
      expect(await count()).toBe(1);
      throw kept;
    });
    await expect(migrateAgain).rejects.toBe(kept);
  });
});

describe('a channel of an account', () => {
  test('admits guests only while it is open to them', async () => {
    const id = await ada.creates({ type: 'PUBLIC' });
    expect(await guest.isRefused(JOIN, { id })).toEqual({ code: 'FORBIDDEN' });
    const open = { input: { id, openToGuests: true } };
    expect(await guest.isRefused(UPDATE, open)).toEqual({ code: 'FORBIDDEN' });
    expect((await ada.does(UPDATE, open)).updateChannel.openToGuests).toBe(true);
    expect((await ada.does(UPDATE, { input: { id, name: 'renamed' } })).updateChannel).toEqual({
      openToGuests: true,
      name: 'renamed',
    });
    await guest.joins(id);
    await guest.sends(id, 'hello');
    await ada.does(UPDATE, { input: { id, openToGuests: false } });
    await guest.sends(id, 'still a member');
    expect(await messaging.person('GUEST').isRefused(JOIN, { id })).toEqual({ code: 'FORBIDDEN' });
    await bob.joins(id);
  });

  test('can be created open to guests if it is public', async () => {
    const input = { name: 'visitors', openToGuests: true };
    expect((await ada.does(CREATE, { input })).createChannel.openToGuests).toBe(true);
    expect(await guest.isRefused(CREATE, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await ada.isRefused(CREATE, { input: { ...input, type: 'PRIVATE' } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { openToGuests: 'Only public channels can be open to guests.' },
    });
    const id = await ada.creates({ type: 'PRIVATE' });
    expect(await ada.isRefused(UPDATE, { input: { id, openToGuests: true } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { openToGuests: 'Only public channels can be open to guests.' },
    });
  });

  test('guests add members only if they moderate it', async () => {
    const id = await ada.creates({ type: 'PUBLIC', members: [guest] });
    expect(await guest.isRefused(ADD, { id, u: [bob.id] })).toEqual({ code: 'FORBIDDEN' });
    await ada.does(ROLE, { id, u: guest.id, role: 'MODERATOR' });
    await guest.does(ADD, { id, u: [bob.id] });
    expect(await rolesIn(bob, id)).toEqual({ [ada.id]: 'OWNER', [guest.id]: 'MODERATOR', [bob.id]: 'MEMBER' });
  });
});
