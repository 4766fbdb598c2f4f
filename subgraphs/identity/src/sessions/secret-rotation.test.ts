/** A change of SECRET_KEY logs nobody out, as long as the former value is among SECRET_KEY_FALLBACKS. */
import { ViewerHeader } from '@chat/kit/auth/viewer-header';
import { createIdentity } from '../create-identity';
import { startIdentity } from '../testing/identity-under-test';

const NEW = 'the new secret of this installation';
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken } }`;

test('tokens of the former secret stay valid, and a refresh gives tokens of the new one', async () => {
  await using identity = await startIdentity();
  const { SECRET_KEY: old } = identity.config;
  const ada = await identity.register('ada');
  const withSecrets = async (...fallbacks: string[]) => {
    const another = await createIdentity({ ...identity.config, SECRET_KEY: NEW, SECRET_KEY_FALLBACKS: fallbacks });
    await another.ready();
    return another;
  };
  const refresh = async (subgraph: Awaited<ReturnType<typeof withSecrets>>, token: string) => {
    const headers = { 'x-viewer': new ViewerHeader(NEW).sign(null) };
    const result = await subgraph.service.execute({ query: REFRESH, variables: { token } }, { headers });
    const { data, errors } = JSON.parse(JSON.stringify(result)) as {
      data: { refreshSession: { accessToken: string; refreshToken: string } } | null;
      errors?: { extensions: { code: string } }[];
    };
    return { session: data?.refreshSession, code: errors?.[0]?.extensions.code };
  };

  await using alone = await withSecrets();
  expect(await alone.introspectToken(ada.accessToken)).toBeNull();
  expect((await refresh(alone, ada.refreshToken)).code).toBe('UNAUTHENTICATED');

  await using during = await withSecrets(old);
  expect(await during.introspectToken(ada.accessToken)).toMatchObject({ id: ada.id });
  const { session } = await refresh(during, ada.refreshToken);
  expect(await alone.introspectToken(session!.accessToken)).toMatchObject({ id: ada.id });
  expect((await refresh(alone, session!.refreshToken)).code).toBeUndefined();
});
