/** Finds which fields plans may ask subgraphs for although no client did: keys, required fields, contexts. */
import { visit, type DocumentNode } from 'graphql';

/** The arguments of join directives that hold selections. */
const SELECTIONS: ReadonlySet<string> = new Set(['key', 'requires', 'contextArguments']);

/** The names of all such fields in a supergraph's document; a few too many do no harm. */
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
