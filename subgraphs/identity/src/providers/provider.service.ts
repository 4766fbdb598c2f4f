/** Lets people in who have logged in somewhere else. */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, notFound, unauthenticated } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import type { Logger } from '@chat/kit/logging';
import type { AccessPublisher } from '../access/access-publisher';
import type { AttemptLimits } from '../accounts/attempt-limits';
import type { Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import type { OpenSession, SessionService } from '../sessions/session.service';
import type { AccountMatcher } from './account-matcher';
import { hashOfState, ProviderClient } from './provider-client';
import type { ProviderConfig } from './provider-config';
import { ProviderLoginEntity } from './provider-login.entity';
import type { CompleteProviderLoginInput, IdentityProvider, ProviderLogin } from './provider.type';

/** How long somebody may take at the provider, in milliseconds. */
const LOGIN_LIFETIME_MS = 10 * 60 * 1000;
/** In characters. */
const URL_MAX = 2048;

export class ProviderService {
  private readonly clients: ReadonlyMap<string, ProviderClient>;

  constructor(
    providers: readonly ProviderConfig[],
    private readonly matcher: AccountMatcher,
    private readonly sessions: SessionService,
    private readonly access: AccessPublisher,
    private readonly limits: AttemptLimits,
    private readonly audit: AuditService,
    private readonly log: Logger,
  ) {
    this.clients = new Map(providers.map((config) => [config.id, new ProviderClient(config)]));
  }

  identityProviders(): IdentityProvider[] {
    return [...this.clients.values()].map(({ config: { id, name } }) => ({ id, name }));
  }

  /** @throws NOT_FOUND for an unknown provider, BAD_USER_INPUT for a redirectUri that is none, SERVICE_UNAVAILABLE, RATE_LIMITED. */
  async beginProviderLogin(
    em: EntityManager,
    provider: string,
    redirectUri: string,
    actor: Actor,
  ): Promise<ProviderLogin> {
    const client = this.client(provider);
    await this.limits.create(actor.client.address);
    const { redirectUris } = client.config;
    if (
      textProblem(redirectUri, { max: URL_MAX }) ||
      !URL.canParse(redirectUri) ||
      (redirectUris && !redirectUris.includes(redirectUri))
    )
      throw badUserInput({ redirectUri: 'redirectUri must be an address that this installation knows.' });
    const { authorizationUrl, secrets } = await this.asking(provider, providerAway(), () => client.begin(redirectUri));
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
   * @throws UNAUTHENTICATED where the state is not one of ours, was used, or is of another provider; where the provider
   * does not take the code; and where the account is deactivated.
   */
  async completeProviderLogin(
    em: EntityManager,
    { provider, code, state, iss }: CompleteProviderLoginInput,
    actor: Actor,
  ): Promise<OpenSession> {
    const client = this.client(provider);
    // Whatever comes of it, a state works once.
    const [login] = await em.execute<{ redirect_uri: string; code_verifier: string; nonce: string }[]>(
      `delete from identity.provider_logins where state_hash = ? and provider = ? and expires_at > now()
       returning redirect_uri, code_verifier, nonce`,
      [hashOfState(state), provider],
    );
    if (!login) {
      await this.limits.create(actor.client.address);
      await this.noteRefusal(em, actor, provider);
      throw unauthenticated('This login was not begun here, or took too long. Begin it again.');
    }
    const refused = unauthenticated('The login provider has not confirmed this login.');
    const secrets = { state, codeVerifier: login.code_verifier, nonce: login.nonce };
    const person = await this.asking(provider, refused, () =>
      client.complete({ code, iss }, login.redirect_uri, secrets),
    ).catch(async (error: unknown) => {
      if (error === refused) await this.noteRefusal(em, actor, provider);
      throw error;
    });
    const { user, ended } = await this.matcher.match(em, client.config, person, actor);
    await this.access.ended(ended);
    if (!user.isActive) {
      await this.noteRefusal(em, actor, provider, user.id);
      throw unauthenticated('This account is deactivated.');
    }
    const changed = await this.matcher.followRoles(em, client.config, person, user, actor);
    if (changed) await this.access.rolesChanged([user.id]);
    return em.transactional((tx) => this.sessions.open(tx, user, actor, 'session.provider-login', { provider }));
  }

  private async noteRefusal(em: EntityManager, actor: Actor, provider: string, userId?: string): Promise<void> {
    const target = userId === undefined ? undefined : { type: 'User', id: userId };
    await em.transactional((tx) =>
      this.audit.record(tx, actor, 'session.provider-login-refused', target, { provider }),
    );
  }

  private client(provider: string): ProviderClient {
    const client = this.clients.get(provider);
    if (!client) throw notFound('Identity provider');
    return client;
  }

  /** What a provider says in an error is for the log: it may be anything. */
  private async asking<T>(provider: string, refused: ApiError, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      this.log.warn({ err: error, provider }, 'a login provider refused or did not answer');
      throw explain(error, refused);
    }
  }
}

/** The part of a provider's failure that the person may be told. Only the log says more. */
function explain(error: unknown, otherwise: ApiError): ApiError {
  const { name, code = '', cause } = error as Error & { code?: string; cause?: { attribute?: string } };
  if (code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED' && cause?.attribute === 'issuer') return otherIssuer();
  return name === 'TypeError' || code === 'OAUTH_TIMEOUT' ? providerAway() : otherwise;
}

const otherIssuer = () =>
  new ApiError(
    'SERVICE_UNAVAILABLE',
    'The login provider names another issuer than the configured one. An administrator has to correct OIDC_PROVIDERS.',
  );

const providerAway = () => new ApiError('SERVICE_UNAVAILABLE', 'The login provider does not answer. Try again later.');
