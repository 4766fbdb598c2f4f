/**
 * Response names in plans and data. Plans select keys and required fields by their own names. If a client's alias collides with
 * such a name (`id: name`, or the same field with arguments), the planner confuses the two. The client's field is then renamed,
 * and the response shape restores its name.
 */
import {
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
} from 'graphql';
import type { Supergraph } from '../supergraph/supergraph';

const PREFIX = 'client__';

type Names = Pick<Supergraph, 'apiSchema' | 'plannedNames'>;

/** A field's name in the data. Root types have no keys, so their fields keep their names. */
export function nameInData(field: FieldNode, parent: GraphQLNamedType, names: Names): string {
  const { alias, name, arguments: args } = field;
  const key = (alias ?? name).value;
  if (key.startsWith(PREFIX)) return PREFIX + key;
  // A field without alias and arguments is the same field that plans select.
  if ((key === name.value && !args?.length) || !names.plannedNames.has(key)) return key;
  return key !== '__typename' && isRoot(parent, names) ? key : PREFIX + key;
}

/** The document with renamed fields; the same object if no name collides. */
export function withNamesInData(document: DocumentNode, names: Names): DocumentNode {
  const types = new TypeInfo(names.apiSchema);
  return visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const parent = types.getParentType();
        if (!parent) return undefined;
        const value = nameInData(node, parent, names);
        return value === (node.alias ?? node.name).value ? undefined : { ...node, alias: { kind: Kind.NAME, value } };
      },
    }),
  );
}

/** Translates an error's path in the data to the client's response names. */
export function pathForClient(path: readonly (string | number)[]): readonly (string | number)[] {
  return path.map((key) => (typeof key === 'string' && key.startsWith(PREFIX) ? key.slice(PREFIX.length) : key));
}

function isRoot(type: GraphQLNamedType, { apiSchema }: Names): boolean {
  return (
    type === apiSchema.getQueryType() ||
    type === apiSchema.getMutationType() ||
    type === apiSchema.getSubscriptionType()
  );
}
