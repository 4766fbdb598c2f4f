/**
 * Names that clients' fields have in plans and data. Plans ask subgraphs for keys and required fields under their own names.
 * If a client gives such a name to something else (`id: name`, or the field with arguments), the planner confuses the two. The
 * client's field then has another name from the plan to the answer's shape.
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

/** The name under which a field of `parent` is found in the data that subgraphs give. Root types have no keys. */
export function nameInData(field: FieldNode, parent: GraphQLNamedType, names: Names): string {
  const { alias, name, arguments: args } = field;
  const key = (alias ?? name).value;
  if (key.startsWith(PREFIX)) return PREFIX + key;
  // The field itself is what plans ask for, unless it has arguments.
  if ((key === name.value && !args?.length) || !names.plannedNames.has(key)) return key;
  return key !== '__typename' && isRoot(parent, names) ? key : PREFIX + key;
}

/** A document as it is planned; the same object where no name is in the way. */
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

/** An error's path in the data as the client knows it. */
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
