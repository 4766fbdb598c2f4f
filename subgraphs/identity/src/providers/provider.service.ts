/** Logs in people who have authenticated at an external provider. */
import type { Client } from '@chat/kit/auth/client';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, notFound, unauthenticated } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import type { Logger } from '@chat/kit/logging';
import type { AccessNews } from '../access/access-news';
import type { AttemptLimits } from '../accounts/attempt-limits';
import type { AuditService } from '../audit/audit.service';
import type { OpenSession, SessionService } from '../sessions/session.service';
import type { AccountMatcher } from './account-matcher';
import { hashOfState, ProviderClient } from './provider-client';
import type { ProviderConfig } from './provider-config';
import { ProviderLoginEntity } from './provider-login.entity';
import type { CompleteProviderLoginInput, IdentityProvider, ProviderLogin } from './provider.type';

/** Time limit between start and completion, in milliseconds. */
const LOGIN_LIFETIME_MS = 10 * 60 * 1000;
/** Limit of redirect addresses, in characters. */
const URL_MAX = 2048;

export class ProviderService {
  private readonly clients: ReadonlyMap<string, ProviderClient>;

  constructor(
    providers: readonly ProviderConfig[],
    private readonly matcher: AccountMatcher,
    private readonly sessions: SessionService,
    private readonly access: AccessNews,
    private readonly limits: AttemptLimits,
    private readonly audit: AuditService,
    private readonly log: Logger,
  ) {
    this.clients = new Map(providers.map((config) => [config.id, new ProviderClient(config)]));
  }

  identityProviders(): IdentityProvider[] {
    return [...this.clients.values()].map(({ config: { id, name } }) => ({ id, name }));
  }

  /** @throws NOT_FOUND for an unknown provider; BAD_USER_INPUT for an invalid redirectUri; SERVICE_UNAVAILABLE; RATE_LIMITED */
  async beginProviderLogin(
    em: EntityManager,
    provider: string,
    redirectUri: string,
    client: Client,
  ): Promise<ProviderLogin> {
    const connection = this.connection(provider);
    await this.limits.create(client.address);
    const { redirectUris } = connection.config;
    if (
      textProblem(redirectUri, { max: URL_MAX }) ||
      !URL.canParse(redirectUri) ||
      (redirectUris && !redirectUris.includes(redirectUri))
    )
      throw badUserInput({ redirectUri: 'redirectUri must be an address that this installation allows.' });
    const { authorizationUrl, secrets } = await this.asking(provider, providerAway(), () =>
      connection.begin(redirectUri),
    );
    const { state, codeVerifier, nonce } = secrets;
    const expiresAt = new Date(Date.now() + LOGIN_LIFETIME_MS);
    await em.insert(ProviderLoginEntity, {
      stateHash: hashOfState(state),
      provider,
      redirectUri,
      codeVerifier,
      nonce,
      expiresAt,
    });
    return { authorizationUrl, state };
  }

  /**
   * @throws UNAUTHENTICATED if the state is unknown, used, or another provider's; if the provider refuses the code; or if the account
   * is deactivated
   */
  async completeProviderLogin(
    em: EntityManager,
    { provider, code, state, iss }: CompleteProviderLoginInput,
    client: Client,
  ): Promise<OpenSession> {
    const connection = this.connection(provider);
    // A state works once, even if the login fails.
    const [login] = await em.execute<{ redirect_uri: string; code_verifier: string; nonce: string }[]>(
      `delete from identity.provider_logins where state_hash = ? and provider = ? and expires_at > now()
       returning redirect_uri, code_verifier, nonce`,
      [hashOfState(state), provider],
    );
    if (!login) {
      await this.limits.create(client.address);
      await this.noteRefusal(em, provider);
      throw unauthenticated('This login was not started here, or took too long. Start again.');
    }
    const refused = unauthenticated('The login provider has not confirmed this login.');
    const secrets = { state, codeVerifier: login.code_verifier, nonce: login.nonce };
    const person = await this.asking(provider, refused, () =>
      connection.complete({ code, iss }, login.redirect_uri, secrets),
    ).catch(async (error: unknown) => {
      if (error === refused) await this.noteRefusal(em, provider);
      throw error;
    });
    const { user, ended } = await this.matcher.match(em, connection.config, person);
    await this.access.ended(ended);
    if (!user.isActive) {
      await this.noteRefusal(em, provider, user.id);
      throw unauthenticated('This account is deactivated.');
    }
    const changed = await this.matcher.followRoles(em, connection.config, person, user);
    if (changed) await this.access.rolesChanged([user.id]);
    return em.transactional((tx) => this.sessions.open(tx, user, client, 'session.provider-login', { provider }));
  }

  private async noteRefusal(em: EntityManager, provider: string, userId?: string): Promise<void> {
    const target = userId === undefined ? undefined : { targetType: 'User', targetId: userId };
    const act = { action: 'session.provider-login-refused', ...target, details: { provider } };
    await em.transactional((tx) => this.audit.record(tx, act));
  }

  private connection(provider: string): ProviderClient {
    const connection = this.clients.get(provider);
    if (!connection) throw notFound('Identity provider');
    return connection;
  }

  /** Logs errors of the provider and hides their content, which is not trusted. */
  private async asking<T>(provider: string, refused: ApiError, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      this.log.warn({ err: error, provider }, 'a login provider refused a request or did not respond');
      throw explain(error, refused);
    }
  }
}

/** The public error for a provider's failure. The log has the details. */
function explain(error: unknown, otherwise: ApiError): ApiError {
  const { name, code = '', cause } = error as Error & { code?: string; cause?: { attribute?: string } };
  if (code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED' && cause?.attribute === 'issuer') return otherIssuer();
  return name === 'TypeError' || code === 'OAUTH_TIMEOUT' ? providerAway() : otherwise;
}

const otherIssuer = () =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    'The login provider reports another issuer than configured. An administrator must correct OIDC_PROVIDERS.',
  );

const providerAway = () => new ApiError('SERVICE_UNAVAILABLE', 'The login provider does not respond. Try again later.');
