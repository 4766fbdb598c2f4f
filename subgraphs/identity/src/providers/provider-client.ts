/** Talks to one provider: the code flow with PKCE, state and nonce (RFC 9700), and what it says about a person. */
import { createHash } from 'node:crypto';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  Configuration,
  discovery,
  fetchProtectedResource,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { ProviderConfig } from './provider-config';

/** What has to be remembered between the start of a login and its end. */
export interface LoginSecrets {
  state: string;
  codeVerifier: string;
  nonce: string;
}

/** A person as a provider describes them. */
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

  /** Where to send the person, and what to remember meanwhile. @throws where the provider cannot be reached. */
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

  /** Trades a code for what the provider says about the person. @throws where the provider does not take the code. */
  async complete(code: string, redirectUri: string, secrets: LoginSecrets): Promise<ProviderPerson> {
    const server = await this.server();
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', secrets.state);
    // Clients pass on code and state only. That the answer is this provider's is known from the state, which is its own.
    const { issuer, authorization_response_iss_parameter_supported: hasIssuer } = server.serverMetadata();
    if (hasIssuer) back.searchParams.set('iss', issuer);
    const isOpenId = this.config.issuer !== undefined;
    const tokens = await authorizationCodeGrant(server, back, {
      pkceCodeVerifier: secrets.codeVerifier,
      expectedState: secrets.state,
      ...(isOpenId && { expectedNonce: secrets.nonce, idTokenExpected: true }),
    });
    const claims = isOpenId
      ? { ...tokens.claims(), ...(await fetchUserInfo(server, tokens.access_token, tokens.claims()!.sub)) }
      : await this.askUserEndpoint(server, tokens.access_token);
    return this.personOf(claims);
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
      isEmailVerified: claims[names.isEmailVerified] === true,
      username: text(names.username),
      displayName: text(names.displayName),
      claims,
    };
  }

  private server(): Promise<Configuration> {
    this.discovered ??= this.discover();
    this.discovered.catch(() => (this.discovered = undefined)); // tried again by the next login
    return this.discovered;
  }

  private async discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret, authorizationEndpoint, tokenEndpoint } = this.config;
    const isPlain = (issuer ?? tokenEndpoint!).startsWith('http:');
    if (issuer) {
      const execute = isPlain ? [allowInsecureRequests] : [];
      return discovery(new URL(issuer), clientId, clientSecret, undefined, { execute });
    }
    const server = new Configuration(
      {
        issuer: new URL(authorizationEndpoint!).origin,
        authorization_endpoint: authorizationEndpoint,
        token_endpoint: tokenEndpoint,
      },
      clientId,
      clientSecret,
    );
    if (isPlain) allowInsecureRequests(server);
    return server;
  }
}
