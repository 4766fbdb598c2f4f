/**
 * Publishes access changes through Redis: ended sessions, changed roles, and accounts to check again. A service publishes its change
 * before it answers. Triggers also insert every change into an outbox (`identity.access_news`), which any identity process publishes, so
 * that a crash or an outage of Redis only delays a change. After a restart of Redis, publishes all recent changes again. Never fails a
 * request.
 */
import { publishAccessChanges } from '@chat/identity-client/access/access-changes';
import { AccessNewsLoop } from '@chat/identity-client/access/access-news';
import { RevocationWriter } from '@chat/identity-client/sessions/revocations';
import { RoleChangeWriter, type RoleChange } from '@chat/identity-client/access/role-changes';
import type { ChangedRoles } from '@chat/identity-client/sessions/introspection';
import type { EntityManager } from '@chat/kit/database/database';
import type { Logger } from '@chat/kit/logging';
import type { Redis } from '@chat/kit/redis';
import { effectivePermissionsOf } from '../permissions/permission.loader';
import type { Role } from '../permissions/role';

/** Allowed difference between clocks, in milliseconds, added to the lifetime of tokens. */
const CLOCK_SKEW_MS = 60_000;

/** Longest time between the stamp of a change and its commit, in milliseconds: the statement timeout and some more. */
const COMMIT_MS = 20_000;

/** The source of these changes, for {@link AccessNewsLoop}. */
const IDENTITY = 'identity';

type Kind = 'ended' | 'roles' | 'grants';

/** An ended session or API key, or the account whose roles or grants have changed. */
interface News {
  kind: Kind;
  id: string;
}

/** The account whose roles have changed, and the time of the change in milliseconds since 1970. */
interface ChangedUser {
  id: string;
  roles: Role[];
  version: string;
}

export class AccessNews implements AsyncDisposable {
  private readonly revocations: RevocationWriter;
  private readonly roleChanges: RoleChangeWriter;
  private readonly news: AccessNewsLoop<News>;
  /** Set when Redis connects, because it may have lost everything. */
  private isAllDue = true;
  private readonly onReady = () => (this.isAllDue = true);

  /** @param accessLifetimeMs lifetime of access tokens, during which a gateway without any news would accept them */
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly accessLifetimeMs: number,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {
    this.revocations = new RevocationWriter(redis, prefix);
    this.roleChanges = new RoleChangeWriter(redis, prefix);
    redis.on('ready', this.onReady);
    this.news = new AccessNewsLoop<News>({
      redis,
      prefix,
      source: IDENTITY,
      fork,
      table: 'identity.access_news',
      columns: 'kind, subject_id as id',
      publish: (news) => this.publishAll(news),
      prepare: () => this.republishIfDue(),
      log,
    });
  }

  /** Publishes ended sessions and API keys. Call it after commit. */
  ended(sessionIds: readonly string[]): Promise<void> {
    return this.trying(() => this.publishEnded(sessionIds));
  }

  /** Publishes the present roles and permissions of accounts. Call it after commit. */
  rolesChanged(userIds: readonly string[]): Promise<void> {
    return this.trying(() => this.publishRoles(userIds));
  }

  /** Has the access of accounts checked again, after grants were given or revoked. Call it after commit. */
  grantsChanged(userIds: readonly string[]): Promise<void> {
    return this.trying(() => publishAccessChanges(this.redis, userIds, this.prefix));
  }

  /** Announces that accounts were deactivated or deleted. Call it after commit and after {@link ended}. */
  accountsOut(userIds: readonly string[]): Promise<void> {
    return this.trying(() => publishAccessChanges(this.redis, userIds, this.prefix, { isOut: true }));
  }

  private publishEnded(sessionIds: readonly string[]): Promise<void> {
    return this.revocations.revoke(sessionIds, Date.now() + this.accessLifetimeMs + CLOCK_SKEW_MS);
  }

  private async publishRoles(userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    const em = this.fork();
    const users = await em.execute<ChangedUser[]>(
      `select id, roles, extract(epoch from roles_changed_at) * 1000 as version from identity.users where id in (?)`,
      [userIds],
    );
    await this.roleChanges.publish(await this.changesOf(em, users));
    await publishAccessChanges(this.redis, userIds, this.prefix);
  }

  /** For gateways that do not hear Redis. Without `since`, all changes that a valid token may still contradict. */
  async changedRoles(since = Date.now() - this.accessLifetimeMs - CLOCK_SKEW_MS): Promise<ChangedRoles> {
    const em = this.fork();
    // A change is stamped before it is committed, so a later answer may contain an earlier change.
    const [moment] = await em.execute<{ now: string }[]>(`select extract(epoch from clock_timestamp()) * 1000 as now`);
    const users = await em.execute<ChangedUser[]>(
      `select id, roles, extract(epoch from roles_changed_at) * 1000 as version from identity.users
       where roles_changed_at > ?`,
      [new Date(since - COMMIT_MS)],
    );
    return { changes: await this.changesOf(em, users), until: Number(moment!.now) };
  }

  private async changesOf(em: EntityManager, users: readonly ChangedUser[]): Promise<RoleChange[]> {
    const tokensUntil = Math.floor((Date.now() + this.accessLifetimeMs + CLOCK_SKEW_MS) / 1000);
    const permissions = await effectivePermissionsOf(em, users);
    return users.map(({ id: userId, roles, version }, index) => {
      return { userId, roles, permissions: permissions[index]!, version: Number(version), tokensUntil };
    });
  }

  private async republishIfDue(): Promise<void> {
    if (!this.isAllDue) return;
    this.isAllDue = false;
    await this.republish().catch((error: unknown) => {
      this.isAllDue = true;
      throw error;
    });
  }

  /** Publishes all changes that a valid token may still contradict. */
  private async republish(): Promise<void> {
    const since = new Date(Date.now() - this.accessLifetimeMs - CLOCK_SKEW_MS);
    const news = await this.fork().execute<News[]>(
      `select id, 'ended' as kind from identity.sessions where revoked_at > ?
       union all select id, 'ended' from identity.api_keys where revoked_at > ?
       union all select id, 'roles' from identity.users where roles_changed_at > ?`,
      [since, since, since],
    );
    await this.publishAll(news);
    await this.revocations.markComplete();
  }

  private async publishAll(news: readonly News[]): Promise<void> {
    const idsOf = (kind: Kind) => [...new Set(news.flatMap((one) => (one.kind === kind ? [one.id] : [])))];
    await this.publishEnded(idsOf('ended'));
    await this.publishRoles(idsOf('roles'));
    await publishAccessChanges(this.redis, idsOf('grants'), this.prefix);
  }

  private async trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.warn({ err: error }, 'an access change could not be published; trying again');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.off('ready', this.onReady);
    await this.news[Symbol.asyncDispose]();
  }
}
