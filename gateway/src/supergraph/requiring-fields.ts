/** Finds the fields with plans that chain fetches: fields that require other fields (`@requires`) or a context (`@fromContext`). */
import { visit, type DocumentNode } from 'graphql';

/** The names of these fields, whatever type they belong to. */
export function requiringFields(supergraph: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(supergraph, {
    FieldDefinition({ name, directives }) {
      const isRequiring = directives?.some(
        (directive) =>
          directive.name.value === 'join__field' &&
          directive.arguments?.some(
            (given) => given.name.value === 'requires' || given.name.value === 'contextArguments',
          ),
      );
      if (isRequiring) names.add(name.value);
    },
  });
  return names;
}
