/** Marks the root fields that need no viewer in a subgraph's SDL, from its policy. The gateway's side of the mark is not here. */
import { Kind, visit, type ConstDirectiveNode, type DocumentNode } from 'graphql';
import type { ComposedDirectives } from './federation-links';
import { needsNoViewer, type Policy } from './policy';

/** Composed into the supergraph. */
export const ACCESS_DIRECTIVES: ComposedDirectives = {
  url: 'https://chat-system.dev/access/v1.0',
  definitions: `
"A client without a valid token uses the field: an invalid one does not refuse an operation that selects only such fields."
directive @needsNoViewer on FIELD_DEFINITION
`,
};

const MARK: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'needsNoViewer' } };

/** `document` with `@needsNoViewer` on each field that has the rule {@link needsNoViewer}. */
export function withViewerNeeds(document: DocumentNode, { fields }: Pick<Policy, 'fields'>): DocumentNode {
  return visit(document, {
    ObjectTypeDefinition(type) {
      const rules = fields[type.name.value] ?? {};
      const marked = type.fields?.map((field) =>
        rules[field.name.value] === needsNoViewer
          ? { ...field, directives: [...(field.directives ?? []), MARK] }
          : field,
      );
      return { ...type, fields: marked };
    },
  });
}
