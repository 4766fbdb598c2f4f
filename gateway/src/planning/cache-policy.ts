/** How long an operation's answer may be kept, and for whom, by the schema's `@cacheControl` (Apollo's rules). */
import { getNamedType, isCompositeType } from 'graphql';
import type { CacheHint } from '../supergraph/supergraph';
import { walkOperation } from './operation-walk';
import type { PreparedOperation } from './prepared-operation';

export interface CachePolicy {
  /** Seconds; more than 0. */
  maxAge: number;
  scope: 'PUBLIC' | 'PRIVATE';
}

type Operation = Pick<PreparedOperation, 'document' | 'operation' | 'supergraph' | 'kind' | 'introspection'>;

/**
 * The strictest hint among the operation's fields; undefined where the answer must not be kept. Root fields and fields of
 * objects without a hint must not, leaves take their parent's. A field that depends on the viewer makes all of it private.
 */
export function cachePolicyOf(operation: Operation): CachePolicy | undefined {
  const { supergraph } = operation;
  if (operation.kind !== 'query' || !supergraph.hasCacheHints || operation.introspection) return undefined;
  let maxAge = Infinity;
  let scope: CachePolicy['scope'] = 'PUBLIC';
  walkOperation(operation, ({ parent, field }, children) => {
    const type = getNamedType(field.type);
    const own = supergraph.cacheHint(parent.name, field.name);
    const ofType: CacheHint | undefined = isCompositeType(type) ? supergraph.cacheHint(type.name) : undefined;
    const isRoot = parent === supergraph.apiSchema.getQueryType();
    const inherits = own?.inheritMaxAge ?? ofType?.inheritMaxAge ?? false;
    const hinted = own?.maxAge ?? ofType?.maxAge;
    if (hinted !== undefined) maxAge = Math.min(maxAge, hinted);
    else if (isRoot || (isCompositeType(type) && !inherits)) maxAge = 0;
    const isPrivate =
      (own?.scope ?? ofType?.scope) === 'PRIVATE' || supergraph.isViewerDependent(parent.name, field.name);
    if (isPrivate) scope = 'PRIVATE';
    children();
  });
  return maxAge > 0 && maxAge < Infinity ? { maxAge, scope } : undefined;
}
