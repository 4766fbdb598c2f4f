/** The first administrator of an identity under test, logged in. */
import type { IdentityUnderTest, Login } from './identity-under-test';

export async function administratorOf(identity: IdentityUnderTest): Promise<Login> {
  const password = 'seven copper kettles';
  await identity.identity.ensureAdministrator(password);
  const { login } = await identity.get<{
    login: { accessToken: string; refreshToken: string; user: { id: string } };
  }>('mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken user { id } } }', {
    input: { identifier: 'admin', password },
  });
  return { accessToken: login.accessToken, refreshToken: login.refreshToken, id: login.user.id, username: 'admin' };
}
