/** Who does something, as the services and the audit log need to know it. */
import type { Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';

export interface Actor {
  /** Null for nobody and for the system itself. */
  id: string | null;
  /** The session or API key that it acts by. */
  sessionId: string | null;
  client: Client;
}

/** The system itself: jobs and the first start. */
export const SYSTEM: Actor = { id: null, sessionId: null, client: { address: null, userAgent: null } };

export const actorOf = ({ viewer, client }: { viewer: Viewer | null; client: Client }): Actor => ({
  id: viewer?.id ?? null,
  sessionId: viewer?.sessionId ?? null,
  client,
});
