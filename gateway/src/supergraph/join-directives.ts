/** Reads the directives by which a supergraph says what each subgraph has (`join__type`, `join__field`). Decides nothing. */
import {
  Kind,
  parse,
  valueFromASTUntyped,
  type ConstDirectiveNode,
  type DocumentNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

export type FieldsOwner = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** The arguments of one `join__type` or `join__field`. */
export interface Join {
  graph?: string;
  key?: string;
  resolvable?: boolean;
  isInterfaceObject?: boolean;
  requires?: string;
  provides?: string;
  external?: boolean;
}

export function joinOf(directive: ConstDirectiveNode): Join {
  return Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  );
}

/** The selection of a directive's `fields`, which are written without braces. */
export function selectionOf(fields: string): SelectionSetNode {
  const [definition] = parse(`{ ${fields} }`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION
    ? definition.selectionSet
    : { kind: Kind.SELECTION_SET, selections: [] };
}

/** Value of `join__Graph` → the subgraph's name. */
export function graphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const { name, directives = [] } of definition.values ?? []) {
      const argument = directives[0]?.arguments?.find((candidate) => candidate.name.value === 'name');
      names.set(name.value, argument?.value.kind === Kind.STRING ? argument.value.value : name.value);
    }
  }
  return names;
}

export function mapOwners(document: DocumentNode, map: (type: FieldsOwner) => FieldsOwner): DocumentNode {
  return {
    ...document,
    definitions: document.definitions.map((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
        ? map(definition)
        : definition,
    ),
  };
}
