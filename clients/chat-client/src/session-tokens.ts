/** The tokens of a session as they are stored, and the rule for their renewal. Knows neither the network nor a clock. */

/** A result of `login`, `register`, `loginAsGuest`, `refreshSession` and `completeProviderLogin`. */
export interface Authentication {
  accessToken: string;
  refreshToken: string;
  /** Remaining lifetime of the access token, in milliseconds. */
  expiresInMs: number;
  user: { id: string };
}

/** The selection of {@link Authentication}. */
export const AUTHENTICATION = 'accessToken refreshToken expiresInMs user { id }';

/** Times are in milliseconds since 1970 by the client's clock, so that a wrong clock does no harm. */
export interface StoredSession {
  accessToken: string;
  refreshToken: string;
  userId: string;
  /** The id of the exchange of `refreshToken`, stored before it is sent. If its response is lost, the same id gets it again. */
  refreshId?: string;
  /** The time from which the token is renewed. */
  refreshAt: number;
  expiresAt: number;
}

/** A token is renewed this long before it expires, in milliseconds, or for a third of a shorter lifetime. */
const MARGIN_MS = 60_000;

export function storedSession({ accessToken, refreshToken, expiresInMs, user }: Authentication, now: number) {
  const session: StoredSession = {
    accessToken,
    refreshToken,
    userId: user.id,
    refreshAt: now + expiresInMs - Math.min(MARGIN_MS, expiresInMs / 3),
    expiresAt: now + expiresInMs,
  };
  return session;
}

/** Replaces a session that has ended, so that every tab learns the reason. */
export interface StoredEnd {
  /** `logged-out` by the user; `ended` by the server. */
  ended: 'logged-out' | 'ended';
}

/** Undefined for text of another format. */
export function parseSession(text: string | null): StoredSession | undefined {
  const session = parsed<StoredSession>(text);
  const isWhole =
    typeof session.accessToken === 'string' &&
    typeof session.refreshToken === 'string' &&
    typeof session.userId === 'string' &&
    typeof session.refreshAt === 'number' &&
    typeof session.expiresAt === 'number';
  return isWhole ? (session as StoredSession) : undefined;
}

/** The reason why there is no session any more; `ended` if the storage does not tell. */
export function parseEnd(text: string | null): StoredEnd['ended'] {
  return parsed<StoredEnd>(text).ended === 'logged-out' ? 'logged-out' : 'ended';
}

function parsed<T>(text: string | null): Partial<T> {
  try {
    return (JSON.parse(text ?? '{}') ?? {}) as Partial<T>;
  } catch {
    return {};
  }
}
