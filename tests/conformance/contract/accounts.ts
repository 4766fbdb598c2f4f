/** Accounts in the contract's operations: registration, login, guests, lookups and profiles. */
import { decode } from 'jsonwebtoken';
import { type Data, Nobody, type Person } from '../harness/person';
import { PASSWORD, type System } from '../harness/system';

export function accounts(system: System): void {
  let ada: Person;
  let guest: Person;
  beforeAll(async () => {
    [ada, guest] = await Promise.all([system.person('ada'), system.guest('Passing by')]);
  });

  test('registering logs in, with the role of a user', async () => {
    const input = { username: 'Grace', email: 'grace@example.org', password: PASSWORD, displayName: 'Grace H.' };
    const registered = await system.nobody.does('Register', { input });
    expect(registered).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresAt: expect.any(String),
      user: { id: expect.any(String), username: 'Grace', displayName: 'Grace H.', roles: ['USER'] },
    });
    const { exp } = decode(registered.accessToken) as { exp: number };
    expect(Date.parse(registered.expiresAt)).toBe(exp * 1000);
    await using grace = new Nobody(system.url, registered.accessToken);
    expect((await grace.does('Me')).id).toBe(registered.user.id);
    const taken = { ...input, username: 'gRACE', email: 'other@example.org' };
    expect((await system.nobody.isRefused('Register', { input: taken })).code).toBe('CONFLICT');
  });

  test.each<[string, () => string]>([
    ['username', () => ada.username],
    ['username in another case', () => ada.username.toUpperCase()],
    ['e-mail address', () => ada.email],
    ['e-mail address in another case', () => ada.email.toUpperCase()],
  ])('one logs in by %s and password', async (_by, identifierOf) => {
    const identifier = identifierOf();
    const { user } = await system.nobody.does('Login', { input: { identifier, password: PASSWORD } });
    expect(user).toEqual({ id: ada.id, username: ada.username, roles: ['USER'], permissions: ['READ', 'WRITE'] });
  });

  test('a wrong password and an unknown name are refused alike', async () => {
    const refusals = await Promise.all(
      [ada.username, 'nobody-at-all'].map((identifier) =>
        system.nobody.isRefused('Login', { input: { identifier, password: 'not the password' } }),
      ),
    );
    for (const refusal of refusals) expect(refusal.code).toBe('UNAUTHENTICATED');
  });

  test('a guest logs in with a name only, and is marked as a guest', async () => {
    const { accessToken, user } = await system.nobody.does('LoginAsGuest', { displayName: 'Visitor' });
    expect(user).toEqual({ id: expect.any(String), displayName: 'Visitor', roles: ['GUEST'] });
    await using visitor = new Nobody(system.url, accessToken);
    expect(await visitor.does('Me')).toMatchObject({
      id: user.id,
      email: null,
      roles: ['GUEST'],
      permissions: ['READ'],
    });
  });

  test('an account sees all of itself; an anonymous caller does not', async () => {
    expect(await ada.does('Me')).toEqual({
      id: ada.id,
      username: ada.username,
      email: ada.email,
      displayName: ada.displayName,
      roles: ['USER'],
      permissions: ['READ', 'WRITE'],
      sessions: expect.arrayContaining([
        {
          id: expect.any(String),
          createdAt: expect.any(String),
          lastSeenAt: expect.any(String),
          userAgent: 'node',
          current: true,
        },
      ]),
    });
    expect((await system.nobody.isRefused('Me')).code).toBe('UNAUTHENTICATED');
  });

  test('others are looked up by id', async () => {
    const shown = await guest.does('User', { id: ada.id });
    expect(shown).toMatchObject({ id: ada.id, username: ada.username, displayName: ada.displayName, roles: ['USER'] });
    expect(shown.presence).toMatchObject({ status: 'OFFLINE' });
    for (const id of [system.admin.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')), 'no id at all'])
      expect((await ada.isRefused('User', { id })).code).toBe('NOT_FOUND');
    expect((await system.nobody.isRefused('User', { id: ada.id })).code).toBe('UNAUTHENTICATED');
  });

  test('the list of users is searched, counted and paged without loss or repetition', async () => {
    const walruses = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((letter) => system.person(`walrus-${letter}`)));
    const names = walruses.map(({ username }) => username);
    const found: string[] = [];
    let after: string | null = null;
    for (let hasMore = true; hasMore;) {
      const page = await ada.does('Users', { search: 'WALRUS', first: 2, after });
      expect(page.totalCount).toBe(5);
      found.push(...page.edges.map(({ node }: Data) => node.username));
      expect(page.pageInfo.endCursor).toBe(page.edges.at(-1).cursor);
      ({ hasNextPage: hasMore, endCursor: after } = page.pageInfo);
    }
    expect(found).toEqual(names);
    expect((await ada.does('Users', { search: 'no such animal' })).edges).toEqual([]);
  });

  test('a profile update is visible to others, and leaves other fields unchanged', async () => {
    const eve = await system.person('eve');
    expect(await eve.does('UpdateProfile', { input: { displayName: 'Eve E.', locale: 'de-AT' } })).toEqual({
      id: eve.id,
      displayName: 'Eve E.',
      locale: 'de-AT',
    });
    expect(await eve.does('UpdateProfile', { input: { locale: 'en' } })).toMatchObject({
      displayName: 'Eve E.',
      locale: 'en',
    });
    expect((await ada.does('User', { id: eve.id })).displayName).toBe('Eve E.');
  });

  test('the messages of a deleted account stay, without an author', async () => {
    const zoe = await system.person('zoe');
    const { id: channelId } = await ada.does('CreateChannel', { input: { name: 'farewell', memberIds: [zoe.id] } });
    const { id } = await zoe.does('SendMessage', { input: { channelId, body: 'so long' } });
    await zoe.asks('mutation ($id: ID!) { deleteUser(id: $id) }', { id: zoe.id });
    expect((await zoe.isRefused('Me')).code).toBe('UNAUTHENTICATED');
    const { data } = await ada.asks('query ($id: ID!) { message(id: $id) { body author { displayName isActive } } }', {
      id,
    });
    expect(data.message).toEqual({ body: 'so long', author: { displayName: 'Deleted account', isActive: false } });
  });

  test('a new password demands the old one, and ends the other sessions', async () => {
    const rex = await system.person('rex');
    const elsewhere = await system.login(rex.username);
    const change = { currentPassword: PASSWORD, newPassword: 'another tractor gymnast' };
    const wrong = { ...change, currentPassword: 'not the password' };
    expect(await rex.isRefused('ChangePassword', { input: wrong })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { currentPassword: expect.any(String) },
    });
    expect(await rex.does('ChangePassword', { input: change })).toBe(true);
    const login = (password: string) => ({ input: { identifier: rex.username, password } });
    expect((await system.nobody.isRefused('Login', login(PASSWORD))).code).toBe('UNAUTHENTICATED');
    expect((await system.nobody.does('Login', login('another tractor gymnast'))).user.id).toBe(rex.id);
    expect((await rex.does('Me')).id).toBe(rex.id);
    expect((await elsewhere.isRefused('Me')).code).toBe('UNAUTHENTICATED');
  });
}
