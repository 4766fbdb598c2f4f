/** Who is asking. The gateway establishes it once per request; subgraphs receive it in a signed header. */

/** An authenticated caller. Absent (`null`) where a request came without a token. */
export interface Viewer {
  /** The account's id (UUIDv7). */
  id: string;
  /** The login session or API key that the request came with; revoking it cuts the viewer off. */
  sessionId: string;
  /** Role names, upper case as in the graph's `Role`. */
  roles: readonly string[];
  /** What the roles and the key's scope together allow everywhere, upper case as in `Permission`. */
  permissions: readonly string[];
  /** Present where the request came with an API key: the permissions that it is limited to, on every resource. */
  scope?: readonly string[];
  /** When the token behind this request ends, in seconds since 1970. */
  expiresAt: number;
}

/** Equal for viewers whose answers are the same: an account sees less with an API key of small scope, and after it has lost a role. */
export function rightsOf({ id, roles, permissions, scope }: Viewer): unknown[] {
  return [id, roles, permissions, scope];
}
