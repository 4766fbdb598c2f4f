/**
 * Spreads through Redis that access has changed: what has ended, whose roles are others now, who has to be asked again.
 * Spreads it once more where it may not have arrived: after a restart of Redis, and every few seconds for what a crash
 * kept from being published. PostgreSQL is the truth, so nothing here ever fails a request.
 */
import { publishAccessChanges } from '@chat/kit/auth/access-changes';
import { RevocationWriter } from '@chat/kit/auth/revocations';
import { RoleChangeWriter } from '@chat/kit/auth/role-changes';
import type { EntityManager } from '@chat/kit/database/database';
import type { Logger } from '@chat/kit/logging';
import type { Redis } from '@chat/kit/redis';
import { effectivePermissions } from '../roles/role.loader';
import type { Role } from '../roles/role';

/** How often what changed lately is published again, in milliseconds. */
const REPEAT_MS = 5_000;
/** What "lately" means: long enough that a process which stood still for a while does not miss any. */
const LATELY_MS = 60_000;

export class AccessPublisher implements AsyncDisposable {
  private readonly revocations: RevocationWriter;
  private readonly roleChanges: RoleChangeWriter;
  private readonly timer: NodeJS.Timeout;
  /** How far back the next repetition looks: further than lately after a restart of Redis, until that has succeeded. */
  private repeatedMs = LATELY_MS;
  private readonly onReady = () => {
    this.repeatedMs = Math.max(LATELY_MS, this.accessLifetimeMs);
    void this.republish();
  };

  /** @param accessLifetimeMs how long an access token may still be believed by somebody who missed everything. */
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
    this.timer = setInterval(() => void this.republish(), REPEAT_MS).unref();
  }

  /** Sessions or API keys have ended. Call it after commit. */
  async ended(sessionIds: readonly string[]): Promise<void> {
    await this.trying(() => this.revocations.revoke(sessionIds, Date.now() + this.accessLifetimeMs));
  }

  /** Accounts have other roles or permissions now. Call it after commit. */
  async rolesChanged(userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    await this.trying(async () => {
      const em = this.fork();
      const tokensUntil = Math.floor((Date.now() + this.accessLifetimeMs) / 1000);
      const users = await em.execute<{ id: string; roles: Role[]; version: string }[]>(
        `select id, roles, extract(epoch from roles_changed_at) * 1000 as version from identity.users where id in (?)`,
        [userIds],
      );
      for (const { id: userId, roles, version } of users) {
        const permissions = await effectivePermissions(em, { id: userId, roles });
        await this.roleChanges.publish({ userId, roles, permissions, version: Number(version), tokensUntil });
      }
      await publishAccessChanges(this.redis, userIds, this.prefix);
    });
  }

  /** Accounts were given or have lost access to single resources. Call it after commit. */
  async grantsChanged(userIds: readonly string[]): Promise<void> {
    await this.trying(() => publishAccessChanges(this.redis, userIds, this.prefix));
  }

  /** Publishes what has changed lately once more. What fails now is repeated a few seconds later, so it is no news. */
  private async republish(): Promise<void> {
    const periodMs = this.repeatedMs;
    try {
      const since = new Date(Date.now() - Math.min(periodMs, this.accessLifetimeMs));
      const rows = await this.fork().execute<{ id: string; kind: 'ended' | 'roles' }[]>(
        `select id, 'ended' as kind from identity.sessions where revoked_at > ?
         union all select id, 'ended' from identity.api_keys where revoked_at > ?
         union all select id, 'roles' from identity.users where roles_changed_at > ?`,
        [since, since, since],
      );
      const ids = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.id);
      await this.ended(ids('ended'));
      await this.rolesChanged(ids('roles'));
      if (this.repeatedMs === periodMs) this.repeatedMs = LATELY_MS;
    } catch (error) {
      this.log.debug({ err: error }, 'changes of access could not be repeated now');
    }
  }

  private async trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.warn({ err: error }, 'a change of access could not be published now; it will be, when that is possible');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    this.redis.off('ready', this.onReady);
  }
}
