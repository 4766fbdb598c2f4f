/** Client of one login provider: the code flow with PKCE, state and nonce (RFC 9700). Does not know accounts. */
import { createHash } from 'node:crypto';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  discovery,
  fetchProtectedResource,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
} from 'openid-client';
import type { ProviderConfig } from './provider-config';

/** Secrets that are stored from the start of a login to its completion. */
export interface LoginSecrets {
  state: string;
  codeVerifier: string;
  nonce: string;
}

/** The parameters of the redirect from the provider. */
export interface ProviderAnswer {
  code: string;
  /** The issuer (RFC 9207), if the client passed it on. */
  iss?: string | null | undefined;
}

/** A person as described by a provider. */
export interface ProviderPerson {
  subject: string;
  email: string | undefined;
  isEmailVerified: boolean;
  username: string | undefined;
  displayName: string | undefined;
  claims: Readonly<Record<string, unknown>>;
}

export const hashOfState = (state: string): string => createHash('sha256').update(state).digest('base64url');

export class ProviderClient {
  private discovered: Promise<Configuration> | undefined;

  constructor(readonly config: ProviderConfig) {}

  /** Starts a login. @throws if the provider cannot be reached */
  async begin(redirectUri: string): Promise<{ authorizationUrl: string; secrets: LoginSecrets }> {
    const server = await this.server();
    const secrets = { state: randomState(), codeVerifier: randomPKCECodeVerifier(), nonce: randomNonce() };
    const url = buildAuthorizationUrl(server, {
      redirect_uri: redirectUri,
      scope: this.config.scope,
      state: secrets.state,
      code_challenge: await calculatePKCECodeChallenge(secrets.codeVerifier),
      code_challenge_method: 'S256',
      ...(this.config.issuer && { nonce: secrets.nonce }),
    });
    return { authorizationUrl: url.href, secrets };
  }

  /** Exchanges a code for the person's description. @throws if the provider refuses the code */
  async complete({ code, iss }: ProviderAnswer, redirectUri: string, secrets: LoginSecrets): Promise<ProviderPerson> {
    const server = await this.server();
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', secrets.state);
    const isOpenId = this.config.issuer !== undefined;
    if (isOpenId) this.setIssuer(back, server, iss);
    const tokens = await authorizationCodeGrant(server, back, {
      pkceCodeVerifier: secrets.codeVerifier,
      expectedState: secrets.state,
      ...(isOpenId && { expectedNonce: secrets.nonce, idTokenExpected: true }),
    });
    const claims = isOpenId
      ? { ...tokens.claims(), ...(await this.askUserInfo(server, tokens.access_token, tokens.claims()!.sub)) }
      : await this.askUserEndpoint(server, tokens.access_token);
    return this.personOf(claims);
  }

  /**
   * Sets the issuer of the answer (RFC 9207). openid-client compares it, and refuses its absence if the provider's metadata say
   * that every answer has one. The configuration can require it of other providers, or waive it for clients that drop it.
   */
  private setIssuer(back: URL, server: Configuration, iss: string | null | undefined): void {
    const { requiresIss, id } = this.config;
    if (iss != null) back.searchParams.set('iss', iss);
    else if (requiresIss) throw new Error(`The answer of the provider ${id} came without iss.`);
    else if (requiresIss === false) back.searchParams.set('iss', server.serverMetadata().issuer);
  }

  /** Empty if the provider has no user info endpoint; the ID token then has all claims. */
  private async askUserInfo(server: Configuration, accessToken: string, subject: string): Promise<object> {
    return server.serverMetadata().userinfo_endpoint ? fetchUserInfo(server, accessToken, subject) : {};
  }

  private async askUserEndpoint(server: Configuration, accessToken: string): Promise<Record<string, unknown>> {
    const url = new URL(this.config.userEndpoint!);
    const response = await fetchProtectedResource(server, accessToken, url, 'GET');
    return (await response.json()) as Record<string, unknown>;
  }

  private personOf(claims: Readonly<Record<string, unknown>>): ProviderPerson {
    const names = this.config.claims;
    const text = (name: string) => {
      const value = claims[name];
      return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
    };
    const subject = text(names.subject);
    if (!subject) throw new Error(`The provider ${this.config.id} gave no ${names.subject}.`);
    return {
      subject,
      email: text(names.email),
      isEmailVerified: isTrue(claims[names.isEmailVerified]),
      username: text(names.username),
      displayName: text(names.displayName),
      claims,
    };
  }

  private server(): Promise<Configuration> {
    this.discovered ??= this.discover();
    this.discovered.catch(() => (this.discovered = undefined)); // the next login retries
    return this.discovered;
  }

  private async discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret, tokenEndpoint } = this.config;
    const isPlain = (issuer ?? tokenEndpoint!).startsWith('http:');
    const metadata = issuer ? await this.metadataOf(issuer, isPlain) : this.configured();
    const server = new Configuration(metadata, clientId, clientSecret, authentication(metadata, clientSecret));
    if (isPlain) allowInsecureRequests(server);
    return server;
  }

  private async metadataOf(issuer: string, isPlain: boolean): Promise<ServerMetadata> {
    const execute = isPlain ? [allowInsecureRequests] : [];
    return (await discovery(new URL(issuer), this.config.clientId, undefined, None(), { execute })).serverMetadata();
  }

  private configured(): ServerMetadata {
    const { authorizationEndpoint, tokenEndpoint } = this.config;
    return {
      issuer: new URL(authorizationEndpoint!).origin,
      authorization_endpoint: authorizationEndpoint!,
      token_endpoint: tokenEndpoint!,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    };
  }
}

/** Some providers send booleans as strings. */
const isTrue = (claim: unknown): boolean => claim === true || (typeof claim === 'string' && /^true$/i.test(claim));

/** The client authentication that the provider supports. OpenID Connect Discovery defaults to Basic. */
function authentication(
  { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] }: Partial<ServerMetadata>,
  clientSecret: string | undefined,
): ClientAuth {
  if (clientSecret === undefined) return None();
  return methods.includes('client_secret_post') ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret);
}
