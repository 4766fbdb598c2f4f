/**
 * Answers `Query._entities`: what other subgraphs refer to, if the policy allows each of them. The list is settled as a whole, because the
 * executor then completes a thousand entities without a promise for each.
 */
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import type { SubgraphContext } from './context';

interface Reference {
  __typename: string;
}

/** Loads an entity. `null` if it does not exist or the viewer may not see it. */
export type EntityResolver = (reference: object, context: SubgraphContext, info: GraphQLResolveInfo) => unknown;

/**
 * @param resolvers by type
 * @param otherwise answers if a reference is of another type
 */
export function entitiesResolver(
  resolvers: ReadonlyMap<string, EntityResolver>,
  otherwise: GraphQLFieldResolver<unknown, SubgraphContext>,
): GraphQLFieldResolver<unknown, SubgraphContext> {
  return (source, args: { representations: Reference[] }, context, info) => {
    const { representations } = args;
    if (!representations.every(({ __typename }) => resolvers.has(__typename)))
      return otherwise(source, args, context, info);
    return Promise.all(
      representations.map(async (reference) => {
        const { __typename } = reference;
        try {
          return named(await resolvers.get(__typename)!(reference, context, info), __typename);
        } catch (error) {
          return asError(error);
        }
      }),
    );
  };
}

const named = (entity: unknown, __typename: string) => (entity ? Object.assign(entity, { __typename }) : null);

/** Among the values of a list, an error is that of its entity alone. */
const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));
