/** Finds the fields that plans may add to an operation: keys, required fields and contexts. */
import { visit, type DocumentNode } from 'graphql';

/** Arguments of join directives that contain selections. */
const SELECTIONS: ReadonlySet<string> = new Set(['key', 'requires', 'contextArguments']);

/** Names of all such fields in a supergraph. A superset is harmless. */
export function plannedNames(document: DocumentNode): ReadonlySet<string> {
  const names = new Set(['__typename']);
  visit(document, {
    Directive({ name, arguments: args }) {
      if (!name.value.startsWith('join__')) return;
      for (const argument of args ?? []) {
        if (!SELECTIONS.has(argument.name.value)) continue;
        visit(argument, {
          StringValue: ({ value }) => {
            for (const [field] of value.matchAll(/[_A-Za-z][_0-9A-Za-z]*/g)) names.add(field);
          },
        });
      }
    },
  });
  return names;
}
