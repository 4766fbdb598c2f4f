/** Logins through an external provider in the contract's operations. */
import { type LoginProvider, REDIRECT_URI } from '../../../subgraphs/identity/src/testing/login-provider';
import { Nobody } from '../harness/person';
import type { System } from '../harness/system';

/** @param provider the configured provider */
export function providers(system: System, provider: () => LoginProvider): void {
  const begin = () => system.nobody.does('BeginProviderLogin', { provider: 'corp', redirectUri: REDIRECT_URI });

  test('the list of providers is public', async () => {
    expect(await system.nobody.does('IdentityProviders')).toEqual([{ id: 'corp', name: 'Corp' }]);
  });

  test('a user of the provider logs in, repeatedly as the same account, with working tokens', async () => {
    const ids: string[] = [];
    for (let time = 0; time < 2; time++) {
      const { authorizationUrl, state } = await begin();
      const back = await provider().visit('hopper', authorizationUrl as string);
      expect(back.state).toBe(state);
      const login = await system.nobody.does('CompleteProviderLogin', { input: { provider: 'corp', ...back } });
      expect(login).toEqual({
        accessToken: expect.any(String),
        refreshToken: expect.any(String),
        user: { id: expect.any(String), username: 'hopper' },
      });
      await using hopper = new Nobody(system.url, login.accessToken as string);
      expect(await hopper.does('Me')).toMatchObject({ id: login.user.id, email: 'hopper@corp.example' });
      ids.push(login.user.id as string);
    }
    expect(ids[1]).toBe(ids[0]);
  });

  test('a forged state, an invalid code and a used code are refused', async () => {
    const { authorizationUrl } = await begin();
    const back = await provider().visit('hopper', authorizationUrl as string);
    const complete = (input: object) => system.nobody.isRefused('CompleteProviderLogin', { input });
    expect((await complete({ provider: 'corp', ...back, state: 'forged' })).code).toBe('UNAUTHENTICATED');
    await system.nobody.does('CompleteProviderLogin', { input: { provider: 'corp', ...back } });
    expect((await complete({ provider: 'corp', ...back })).code).toBe('UNAUTHENTICATED');
    const { state } = await begin();
    expect((await complete({ provider: 'corp', state, code: 'made up' })).code).toBe('UNAUTHENTICATED');
  });
}
