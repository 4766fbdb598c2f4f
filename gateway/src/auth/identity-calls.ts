/** How the gateway asks identity, and whether identity could be reached when it was asked last. Keeps no answers. */
import {
  IdentityDownError,
  type EndedSessions,
  type TokenIntrospector,
} from '@chat/identity-client/sessions/introspection';

/** How long a refused connection spares the next questions, in milliseconds. */
const REFUSED_MS = 250;

export class IdentityCalls {
  readonly introspect?: TokenIntrospector;
  readonly endedSessions?: EndedSessions;
  private refused?: { error: IdentityDownError; at: number };

  constructor(introspect?: TokenIntrospector, endedSessions?: EndedSessions) {
    this.introspect = introspect && ((token) => this.ask(() => introspect(token)));
    this.endedSessions = endedSessions && ((ids) => this.ask(() => endedSessions(ids)));
  }

  /** Whether no identity process was listening when it was asked last: then nothing that identity decides can change. */
  get isDown(): boolean {
    return this.refused !== undefined;
  }

  private async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    if (this.refused && performance.now() - this.refused.at < REFUSED_MS) throw this.refused.error;
    try {
      const answer = await question();
      this.refused = undefined;
      return answer;
    } catch (error) {
      this.refused = error instanceof IdentityDownError ? { error, at: performance.now() } : undefined;
      throw error;
    }
  }
}
