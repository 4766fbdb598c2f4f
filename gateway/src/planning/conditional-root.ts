/**
 * Refuses subscriptions with `@skip` or `@include` on the root field. The specification forbids them, and graphql-js throws if the
 * condition is a variable.
 */
import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type SelectionSetNode,
} from 'graphql';
import { ApiError } from '@chat/kit/errors';

/** Must run before validation. */
export function conditionalRoot({ definitions }: DocumentNode): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const isConditional = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return true;
      if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet);
      if (selection.kind === Kind.FIELD) return false;
      const fragment = fragments.get(selection.name.value);
      fragments.delete(selection.name.value); // visit each fragment once, since spreads may form a cycle
      return fragment !== undefined && isConditional(fragment.selectionSet);
    });
  const isRefused = definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === 'subscription' &&
      isConditional(definition.selectionSet),
  );
  return isRefused
    ? new ApiError('GRAPHQL_VALIDATION_FAILED', 'A subscription must not use @skip or @include on its root field.')
    : undefined;
}
