/** A login provider of somebody else's: the certified OpenID Connect provider from npm, in which everybody is who they say. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const REDIRECT_URI = 'http://127.0.0.1:4999/callback';
const CLIENT = { id: 'chat', secret: 'a secret between the two' };

export interface LoginProvider extends AsyncDisposable {
  /** What OIDC_PROVIDERS says to log in there. */
  config: string;
  /** Goes through its pages as the browser of `name` does, from an authorization URL until it sends us back. */
  visit(name: string, authorizationUrl: string): Promise<{ code: string; state: string }>;
}

export async function startLoginProvider(): Promise<LoginProvider> {
  let visitor = '';
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [REDIRECT_URI] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username', 'name'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () =>
        Promise.resolve({
          sub,
          preferred_username: sub,
          name: sub,
          email: `${sub}@corp.example`,
          email_verified: true,
        }),
    }),
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client!.clientId, accountId: oidc.session!.accountId! });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
    cookies: { keys: ['only for tests'] },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url!.startsWith('/interaction/'))
      void provider.interactionFinished(request, response, { login: { accountId: visitor } });
    else void answer(request, response);
  });
  return {
    config: JSON.stringify([{ id: 'corp', name: 'Corp', issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret }]),
    async visit(name, authorizationUrl) {
      visitor = name;
      const cookies = new Map<string, string>();
      let url = authorizationUrl;
      while (!url.startsWith(REDIRECT_URI)) {
        const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
        const { headers } = await fetch(url, { redirect: 'manual', headers: { cookie } });
        for (const line of headers.getSetCookie()) {
          const [, key, value] = /^([^=]+)=([^;]*)/.exec(line)!;
          cookies.set(key!, value!);
        }
        url = new URL(headers.get('location')!, url).href;
      }
      const { code, state } = Object.fromEntries(new URL(url).searchParams);
      return { code: code!, state: state! };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
