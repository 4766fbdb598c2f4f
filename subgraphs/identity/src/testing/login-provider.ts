/** A login provider for tests: the certified OpenID Connect provider from npm, which accepts any name without a password. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const REDIRECT_URI = 'http://127.0.0.1:4999/callback';

/** Our client credentials at the provider. */
export const CLIENT = { clientId: 'chat', clientSecret: 'a secret between the two' };

/** The provider's claims about a person. By default, the name and a verified address derived from it. */
export interface Claims {
  email: string;
  email_verified: boolean | string;
  preferred_username: string;
  name: string;
  groups: string[];
}

export interface LoginProvider extends AsyncDisposable {
  /** Its issuer, for OIDC_PROVIDERS. */
  issuer: string;
  /** Overrides the default claims about `name` from now on. */
  knows(name: string, claims: Partial<Claims>): void;
  /** Follows its pages as the browser of `name`, from an authorization URL to the redirect. */
  visit(name: string, authorizationUrl: string): Promise<{ code: string; state: string; iss: string }>;
}

export interface LoginProviderOptions {
  /** If false, the ID token has all claims. */
  hasUserInfo?: boolean;
  /** Client authentication methods of the token endpoint. */
  authMethods?: ('client_secret_basic' | 'client_secret_post')[];
  /** The issuer that it claims. Default: its address. */
  issuer?: string;
  /** Whether its metadata promise an `iss` in every redirect (RFC 9207). Default: true. */
  promisesIss?: boolean;
}

export async function startLoginProvider(options: LoginProviderOptions = {}): Promise<LoginProvider> {
  const {
    hasUserInfo = true,
    authMethods = ['client_secret_basic', 'client_secret_post'],
    promisesIss = true,
  } = options;
  // It warns at length that its keys and its store are for development.
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
    if (!promisesIss) hidePromiseOfIss(response);
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

/** oidc-provider always promises it. */
function hidePromiseOfIss(response: ServerResponse): void {
  const end = response.end.bind(response) as (body?: unknown) => ServerResponse;
  response.end = (body?: unknown) => {
    const text = String(body);
    const hidden = text.replace('"authorization_response_iss_parameter_supported":true,', '');
    if (hidden === text) return end(body);
    response.setHeader('content-length', Buffer.byteLength(hidden));
    return end(hidden);
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
