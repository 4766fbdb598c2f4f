/** Computes the lifetime and scope of a cached response from `@cacheControl`, by Apollo's rules. */
import { getNamedType, isCompositeType } from 'graphql';
import type { CacheHint } from '../supergraph/supergraph';
import { walkOperation } from './operation-walk';
import type { PreparedOperation } from './prepared-operation';

export interface CachePolicy {
  /** In seconds, more than 0. */
  maxAge: number;
  scope: 'PUBLIC' | 'PRIVATE';
}

type Operation = Pick<PreparedOperation, 'document' | 'operation' | 'supergraph' | 'kind' | 'introspection'>;

/**
 * The strictest hint of the operation's fields; undefined if the response must not be cached. It must not if a root field or an
 * object field has no hint. Leaves inherit their parent's hint. A viewer-dependent field makes the whole response private.
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
