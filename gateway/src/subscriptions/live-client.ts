/** One connection that holds subscriptions (a socket, an event stream), and on whose behalf. */
import type { GraphQLFormattedError } from 'graphql';
import type { Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { TraceContext } from '../execution/execution-scope';
import type { Subscriber } from './subscriber';

/** Why a client is cut off: its token ran out, or its session was ended. */
export type CutOff = 'expired' | 'revoked';

/** What subscriptions of a client that is cut off end with. */
export function cutOffErrors(why: CutOff): GraphQLFormattedError[] {
  const message = why === 'revoked' ? 'The session has ended.' : 'The access token has expired.';
  return [{ message, extensions: { code: 'UNAUTHENTICATED' } }];
}

export class LiveClient {
  readonly subscribers = new Set<Subscriber>();
  /** Rises with every change of what the viewer may do; an authorisation that is older counts for nothing. */
  accessVersion = 0;

  constructor(
    public viewer: Viewer | null,
    /** Where it came from. */
    readonly origin: Client,
    readonly correlationId: string,
    /** Must end the connection's subscriptions at once. */
    readonly onCutOff: (why: CutOff) => void,
    /** The trace that its operations are part of, as the headers have it that it came with. */
    readonly trace?: TraceContext,
  ) {}
}
