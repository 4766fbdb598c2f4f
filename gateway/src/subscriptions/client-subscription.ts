/** A client's subscription as access checks and the client's connection see it. {@link Subscriber} implements it. */
import type { GraphQLFormattedError } from 'graphql';
import type { KnownAccess } from './known-access';
import type { LiveOperation } from './live-operation';
import type { LiveSubscription } from './sink';
import type { EndReason } from './subscription-state';

/** The operation that several subscribers share. Equal objects mean one upstream. */
export interface SharedOperation {
  readonly live: LiveOperation;
  /** Without the variable that resumes. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether the owning subgraph decides only when the upstream begins, so that it cannot be asked beforehand. */
  readonly isUndecided: boolean;
  /** Call it when the viewer's roles may have changed. */
  refreshRoles(): void;
  /** The access of one of its subscribers is checked again. */
  doubt(subscription: ClientSubscription): void;
}

export interface ClientSubscription extends LiveSubscription {
  readonly isEnded: boolean;
  /** Undefined until the subscription is authorised, and after its end. */
  readonly shared?: SharedOperation;
  /** The cursor of the last event of the subscriber's track. */
  readonly position?: string;
  readonly access: KnownAccess;
  fail(errors: readonly GraphQLFormattedError[], reason: EndReason): void;
}
