/** A running identity subgraph with its own database and Redis prefix, called as the gateway calls it. */
import { clientHeaders } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { startTestSubgraph } from '@chat/kit/testing/test-subgraph';
import { decode } from 'jsonwebtoken';
import { identityVariables, type IdentityConfig } from '../config';
import { createIdentity, type Identity } from '../create-identity';

/** The viewer that the gateway reads from an access token. Does not verify the token. */
export function viewerOf(accessToken: string): Viewer {
  const claims = decode(accessToken) as {
    sub: string;
    sid: string;
    roles: string[];
    permissions: string[];
    exp: number;
  };
  const { sub: id, sid: sessionId, roles, permissions, exp: expiresAt } = claims;
  return { id, sessionId, roles, permissions, expiresAt };
}

/** The data, and the message and extensions of the first error. */
export interface Answer<Data> {
  data: Data;
  error?: { message: string; code: string; fields?: Record<string, string>; [extension: string]: unknown };
}

export interface IdentityUnderTest extends AsyncDisposable {
  identity: Identity;
  config: IdentityConfig;
  /** @param as an access token, a viewer, or null for an anonymous request. @param from the client's address */
  ask<Data = never>(
    query: string,
    variables?: Record<string, unknown>,
    as?: string | Viewer | null,
    from?: string,
  ): Promise<Answer<Data>>;
  /** Like `ask`, for operations that must succeed. @throws on an error */
  get<Data>(query: string, variables?: Record<string, unknown>, as?: string | Viewer | null): Promise<Data>;
  /** Registers an account called `username` and logs it in. */
  register(username: string): Promise<Login>;
  /** Logs in with a password. @param from the client's address */
  login(identifier: string, password: string, from?: string): Promise<Answer<{ login: Session }>>;
  /** Headers of a request with an access token or as a viewer. */
  headers(as: string | Viewer | null, from?: string): Record<string, string>;
}

/** The result of a login. */
export interface Session {
  accessToken: string;
  refreshToken: string;
  user: { id: string };
}

export interface Login {
  accessToken: string;
  refreshToken: string;
  id: string;
  username: string;
}

export const PASSWORD = 'violet tractor gymnast';

/** Starts identity with bcrypt at its lowest cost. `env` overrides single variables. */
export async function startIdentity(env: Record<string, string> = {}): Promise<IdentityUnderTest> {
  const {
    subgraph: identity,
    config,
    ...started
  } = await startTestSubgraph('identity', identityVariables, createIdentity, {
    BCRYPT_COST: '4',
    PASSWORD_WORKERS: '1',
    LOG_LEVEL: 'silent',
    ...env,
  });
  const viewerHeader = new ViewerHeader(config.SECRET_KEY);
  const under: IdentityUnderTest = {
    identity,
    config,
    headers: (as, from = '192.0.2.1') => ({
      [VIEWER_HEADER]: viewerHeader.sign(typeof as === 'string' ? viewerOf(as) : as),
      ...clientHeaders({ address: from, userAgent: 'test' }),
    }),
    async ask<Data>(query: string, variables = {}, as: string | Viewer | null = null, from?: string) {
      const result = await identity.service.execute({ query, variables }, { headers: under.headers(as, from) });
      const { data, errors } = JSON.parse(JSON.stringify(result)) as {
        data: Data;
        errors?: { message: string; extensions: { code: string } }[];
      };
      return { data, ...(errors && { error: { ...errors[0]!.extensions, message: errors[0]!.message } }) };
    },
    async get<Data>(query: string, variables?: Record<string, unknown>, as?: string | Viewer | null) {
      const { data, error } = await under.ask<Data>(query, variables, as);
      if (error) throw new Error(`${query}: ${error.code} ${error.message}`);
      return data;
    },
    login(identifier, password, from) {
      const query = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken user { id } } }';
      return under.ask(query, { input: { identifier, password } }, null, from);
    },
    async register(username) {
      const query =
        'mutation ($input: RegisterInput!) { register(input: $input) { accessToken refreshToken user { id } } }';
      const input = { username, email: `${username}@example.org`, password: PASSWORD };
      const { register } = await under.get<{ register: Session }>(query, { input });
      const { accessToken, refreshToken, user } = register;
      return { accessToken, refreshToken, id: user.id, username };
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
  return under;
}
