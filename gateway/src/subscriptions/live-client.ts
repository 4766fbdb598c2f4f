/** A client connection that can hold subscriptions (a WebSocket or an event stream), and the viewer it acts for. */
import type { GraphQLFormattedError } from 'graphql';
import type { Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { ExecutionScope, TraceContext } from '../execution/execution-scope';
import type { ClientSubscription } from './client-subscription';

/** Why a client is cut off: its token expired, or its session was revoked. */
export type CutOff = 'expired' | 'revoked';

/** The errors that end the subscriptions of a client that is cut off. */
export function cutOffErrors(reason: CutOff): GraphQLFormattedError[] {
  const message = reason === 'revoked' ? 'The session has ended.' : 'The access token has expired.';
  return [{ message, extensions: { code: 'UNAUTHENTICATED' } }];
}

export class LiveClient {
  readonly subscriptions = new Set<ClientSubscription>();
  /** Rises with every change of the viewer's access. An authorisation of an older version is void. */
  accessVersion = 0;
  /** When it last called a paced field, by `performance.now()`. */
  pacedAt = -Infinity;
  /** The scope of its last call of a paced field: an object that stays the same is sent to a subgraph only once. */
  pacedScope?: ExecutionScope;

  constructor(
    public viewer: Viewer | null,
    public origin: Client,
    readonly correlationId: string,
    /** Must end the connection's subscriptions at once. */
    readonly onCutOff: (reason: CutOff) => void,
    /** The client's trace context, from its request headers. */
    readonly trace?: TraceContext,
  ) {}

  /** Takes over the current roles of the same login. A viewer from another login is ignored. */
  refresh(viewer: Viewer): void {
    if (this.hasLogin(viewer)) this.viewer = viewer;
  }

  /** Whether `viewer` has the same account, session and token lifetime. */
  hasLogin({ id, sessionId, expiresAt }: Viewer): boolean {
    const { viewer } = this;
    return viewer?.id === id && viewer.sessionId === sessionId && viewer.expiresAt === expiresAt;
  }
}
