/**
 * Placeholders in the data for fields of a failed fetch. The response shape turns each into null and reports its reason at the
 * client's path. Fetches that need such a field are skipped and pass the reason on.
 */
import type { GraphQLFormattedError } from 'graphql';

export type LostValue = symbol;

/** The entity does not exist, and its subgraph reports no error. */
export const NOT_FOUND: LostValue = Symbol('not found');

/** No reason is known: the subgraph or the plan omitted the field. */
export const ABSENT: LostValue = Symbol('absent');

/** The reason for a lost value. */
export interface Loss {
  error: GraphQLFormattedError;
  /** Whether the response already has the error, at the field that caused it. */
  isReported: boolean;
}

/** All losses of one execution. */
export type Losses = Map<LostValue, Loss>;

export function isLost(value: unknown): value is LostValue {
  return typeof value === 'symbol';
}
