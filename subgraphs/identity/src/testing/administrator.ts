/** Creates and logs in the first administrator of an identity under test. */
import type { IdentityUnderTest, Login } from './identity-under-test';

export async function administratorOf(identity: IdentityUnderTest): Promise<Login> {
  const password = 'seven copper kettles';
  await identity.identity.ensureAdministrator(password);
  const { accessToken, refreshToken, user } = (await identity.login('admin', password)).data.login;
  return { accessToken, refreshToken, id: user.id, username: 'admin' };
}
