/** Names and passwords that an account must not have. */
import { type Data, Nobody, type Person } from '../harness/person';
import { PASSWORD, type System } from '../harness/system';

export function accountInput(system: System): void {
  let ada: Person;
  beforeAll(async () => {
    ada = await system.person('scope');
  });
  const good = { username: 'somebody', email: 'somebody@example.org', password: PASSWORD };

  test.each<[string, object, string]>([
    ['a short password', { password: 'gym4' }, 'password'],
    ['a well-known password', { password: 'password123' }, 'password'],
    ['a password of one key', { password: 'aaaaaaaaaaaa' }, 'password'],
    ['a password that is the name', { username: 'hippopotamus', password: 'hippopotamus' }, 'password'],
    ['a password that bcrypt would cut off', { password: 'ä'.repeat(37) }, 'password'],
    ['an empty name', { username: '' }, 'username'],
    ['an overlong name', { username: 'a'.repeat(33) }, 'username'],
    ['a name with a space', { username: 'some body' }, 'username'],
    ['a name with a null byte', { username: 'some\0body' }, 'username'],
    ['a name with a right-to-left override', { username: 'some\u202Ebody' }, 'username'],
    ['a name with a zero-width space', { username: 'some\u200Bbody' }, 'username'],
    ['an overlong display name', { displayName: 'a'.repeat(65) }, 'displayName'],
    ['a display name of white space', { displayName: ' \t\u2003' }, 'displayName'],
    ['a display name with a line break', { displayName: 'some\nbody' }, 'displayName'],
    ['a display name with a lone surrogate', { displayName: 'some\uD800body' }, 'displayName'],
    ['an address that is none', { email: 'somebody' }, 'email'],
    ['an address with a line break', { email: 'somebody@example.org\nbcc: everybody@example.org' }, 'email'],
  ])('%s names the field', async (_what, change, field) => {
    const refusal = await system.nobody.isRefused('Register', { input: { ...good, ...change } });
    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', fields: { [field]: expect.any(String) } });
  });

  test.each<[string, (name: string) => string]>([
    ['differs in case only', (name) => name.toUpperCase()],
    ['looks the same in another script', (name) => name.replace('o', 'о')],
    ['looks the same with another digit or letter', (name) => name.replace('o', '0')],
  ])('a name that %s is taken', async (_what, similar) => {
    const username = similar(ada.username);
    expect(username).not.toBe(ada.username);
    const { code } = await system.nobody.isRefused('Register', { input: { ...good, username } });
    // Other scripts are not for names at all, which is just as clear.
    expect(['CONFLICT', 'BAD_USER_INPUT']).toContain(code);
  });

  test('guesses are counted one by one, however they are sent', async () => {
    const { username } = await system.person('guessed');
    const login = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
    const guessed = (password: string) => ({ query: login, variables: { input: { identifier: username, password } } });
    const guess = guessed('wrong guess');
    const batch = async () => {
      const response = await fetch(system.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Array.from({ length: 8 }, (_, i) => guessed(`wrong guess ${i}`))),
      });
      return ((await response.json()) as Data[]).map(({ errors }) => errors[0].extensions.code as string);
    };
    const bySocket = async (operation: object) => {
      await using somebody = new Nobody(system.url);
      const results = somebody.socket.iterate({ ...guess, ...operation });
      return (await results.next()).value!.errors![0]!.extensions['code'] as string;
    };
    // Aliases of a mutation run one after the other, and the first that fails ends it.
    const aliases = `mutation ($input: LoginInput!) { ${Array.from({ length: 8 }, (_, i) => `a${i}: login(input: $input) { accessToken }`).join(' ')} }`;
    const codes = [
      ...(await batch()),
      ...(await Promise.all(Array.from({ length: 8 }, () => bySocket({})))),
      ...(await Promise.all(Array.from({ length: 8 }, () => bySocket({ query: aliases })))),
    ];
    // As many as LOGIN_ATTEMPTS_PER_ACCOUNT by default.
    expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(20);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(4);
    const right = { input: { identifier: username, password: PASSWORD } };
    expect((await system.nobody.isRefused('Login', right)).code).toBe('RATE_LIMITED');
  });

  test('after all of that the good account can still be made', async () => {
    expect((await system.nobody.does('Register', { input: good })).user.username).toBe('somebody');
  });
}
