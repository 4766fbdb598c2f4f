/** A login provider of somebody else's: the certified OpenID Connect provider from npm, in which everybody is who they say. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const REDIRECT_URI = 'http://127.0.0.1:4999/callback';

/** As whom we are known there. */
export const CLIENT = { clientId: 'chat', clientSecret: 'a secret between the two' };

/** What the provider says of somebody: by default what their name is, and a verified address made from it. */
export interface Claims {
  email: string;
  email_verified: boolean | string;
  preferred_username: string;
  name: string;
  groups: string[];
}

export interface LoginProvider extends AsyncDisposable {
  /** Where it is, as OIDC_PROVIDERS wants it. */
  issuer: string;
  /** From now on it says this of `name`, instead of what it says by default. */
  knows(name: string, claims: Partial<Claims>): void;
  /** Goes through its pages as the browser of `name` does, from an authorization URL until it sends us back. */
  visit(name: string, authorizationUrl: string): Promise<{ code: string; state: string; iss: string }>;
}

export interface LoginProviderOptions {
  /** Without: everything is in the ID token. */
  hasUserInfo?: boolean;
  /** How clients may prove who they are at the token endpoint. */
  authMethods?: ('client_secret_basic' | 'client_secret_post')[];
  /** By what name it calls itself, if that is not its address. */
  issuer?: string;
}

export async function startLoginProvider(options: LoginProviderOptions = {}): Promise<LoginProvider> {
  const { hasUserInfo = true, authMethods = ['client_secret_basic', 'client_secret_post'] } = options;
  // It says at length that its keys and its store are for development.
  for (const level of ['warn', 'info'] as const) jest.spyOn(console, level).mockImplementation();
  let visitor = '';
  const known = new Map<string, Partial<Claims>>();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { clientId: client_id, clientSecret: client_secret } = CLIENT;
  const provider = new Provider(options.issuer ?? issuer, {
    clients: [
      {
        client_id,
        client_secret,
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: authMethods.at(-1)!,
      },
    ],
    clientAuthMethods: authMethods,
    conformIdTokenClaims: hasUserInfo,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username', 'name', 'groups'] },
    features: { devInteractions: { enabled: false }, userinfo: { enabled: hasUserInfo } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ ...claimsOf(sub), ...known.get(sub) }) }),
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
    issuer,
    knows: (name, claims) => void known.set(name, claims),
    async visit(name, authorizationUrl) {
      visitor = name;
      const cookies = new Map<string, string>();
      let url = authorizationUrl;
      while (!url.startsWith(REDIRECT_URI)) {
        const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
        const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
        for (const line of response.headers.getSetCookie()) {
          const [, key, value] = /^([^=]+)=([^;]*)/.exec(line)!;
          cookies.set(key!, value!);
        }
        const location = response.headers.get('location');
        if (!location) throw new Error(`${response.status} ${await response.text()}`);
        url = new URL(location, url).href;
      }
      const { code, state, iss } = Object.fromEntries(new URL(url).searchParams);
      return { code: code!, state: state!, iss: iss! };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const claimsOf = (sub: string): Claims & { sub: string } => ({
  sub,
  email: `${sub}@corp.example`,
  email_verified: true,
  preferred_username: sub,
  name: sub,
  groups: [],
});
