/** Types for the parts of the npm package oidc-provider that tests use; it has none of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  interface Context {
    oidc: {
      client?: { clientId: string };
      session?: { accountId?: string };
      provider: { Grant: new (about: { clientId: string; accountId: string }) => Grant };
    };
  }

  interface Configuration {
    clients: {
      client_id: string;
      client_secret: string;
      redirect_uris: string[];
      token_endpoint_auth_method: string;
    }[];
    clientAuthMethods: string[];
    conformIdTokenClaims: boolean;
    claims: Record<string, string[]>;
    features: { devInteractions: { enabled: boolean }; userinfo: { enabled: boolean } };
    interactions: { url(context: Context, interaction: { uid: string }): string };
    findAccount(context: Context, sub: string): { accountId: string; claims(): Promise<object> };
    loadExistingGrant(context: Context): Promise<Grant>;
    cookies: { keys: string[] };
  }

  // eslint-disable-next-line no-restricted-syntax -- the package has a default export
  export default class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): RequestListener;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { login: { accountId: string } },
    ): Promise<void>;
  }
}
