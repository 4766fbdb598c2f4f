/** Calls identity, backs off briefly after a refused connection, and knows whether identity is down. Caches no results. */
import {
  IdentityDownError,
  type EndedSessions,
  type FindChangedRoles,
  type TokenIntrospector,
} from '@chat/identity-client/sessions/introspection';

/** After a refused connection, calls fail at once for this long, in milliseconds. */
const REFUSED_MS = 250;

export class IdentityCalls {
  readonly introspect?: TokenIntrospector;
  readonly endedSessions?: EndedSessions;
  readonly changedRoles?: FindChangedRoles;
  private refused?: { error: IdentityDownError; at: number };

  constructor(introspect?: TokenIntrospector, endedSessions?: EndedSessions, changedRoles?: FindChangedRoles) {
    this.introspect = introspect && ((token) => this.call(() => introspect(token)));
    this.endedSessions = endedSessions && ((ids) => this.call(() => endedSessions(ids)));
    this.changedRoles = changedRoles && ((since) => this.call(() => changedRoles(since)));
  }

  /** Whether the last connection was refused. While no identity process runs, sessions and roles cannot change. */
  get isDown(): boolean {
    return this.refused !== undefined;
  }

  private async call<Result>(request: () => Promise<Result>): Promise<Result> {
    if (this.refused && performance.now() - this.refused.at < REFUSED_MS) throw this.refused.error;
    try {
      const result = await request();
      this.refused = undefined;
      return result;
    } catch (error) {
      this.refused = error instanceof IdentityDownError ? { error, at: performance.now() } : undefined;
      throw error;
    }
  }
}
