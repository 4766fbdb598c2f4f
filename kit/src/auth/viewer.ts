/** The viewer of a request. The gateway establishes it once per request; subgraphs receive it in a signed header. */

/** An authenticated caller; `null` if a request came without a token. */
export interface Viewer {
  /** The account's id (UUIDv7). */
  id: string;
  /** The login session or API key that the request came with; revoking it cuts the viewer off. */
  sessionId: string;
  /** Role names, upper case as in the graph's `Role`. */
  roles: readonly string[];
  /** The permissions on every resource that the roles and the key's scope leave, in upper case as in `Permission`. */
  permissions: readonly string[];
  /** The permissions that an API key is limited to, on every resource; present if the request came with one. */
  scope?: readonly string[];
  /** When the token behind this request ends, in seconds since 1970. */
  expiresAt: number;
}

/** Equal for viewers with the same answers: an account sees less with an API key of small scope, and after losing a role. */
export function rightsOf({ id, roles, permissions, scope }: Viewer): unknown[] {
  return [id, roles, permissions, scope];
}
