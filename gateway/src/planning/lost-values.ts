/**
 * Values that stand in the data for fields whose fetch gave none. The shape puts null there and says why, at the place in
 * the client's answer; later fetches that need such a field are left out and hand the reason on.
 */
import type { GraphQLFormattedError } from 'graphql';

export type LostValue = symbol;

/** The entity is not there, and its subgraph does not call that an error. */
export const NOT_FOUND: LostValue = Symbol('not found');

/** Nothing says why: the subgraph or the plan left the field out. */
export const ABSENT: LostValue = Symbol('absent');

/** Why a value is lost. */
export interface Loss {
  error: GraphQLFormattedError;
  /** Whether the answer has the error already, at the field that caused it. */
  isReported: boolean;
}

/** The losses of one execution. */
export type Losses = Map<LostValue, Loss>;

export function isLost(value: unknown): value is LostValue {
  return typeof value === 'symbol';
}
