/** Walks an operation's fields with their types and resolves fragments. For computations that run once per operation. */
import {
  getNamedType,
  isCompositeType,
  Kind,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type SelectionSetNode,
} from 'graphql';
import type { PreparedOperation } from './prepared-operation';

/** A selected field. */
export interface WalkedField {
  node: FieldNode;
  /** The field's parent type. */
  parent: GraphQLCompositeType;
  field: GraphQLField<unknown, unknown>;
}

type Operation = Pick<PreparedOperation, 'document' | 'operation' | 'supergraph'>;

/**
 * Calls `visit` for each field of a selection and returns the results. `visit` gets a function that walks the field's own selection.
 * Introspection and `__typename` are skipped.
 */
export function walkOperation<Result>(
  { document, operation, supergraph: { apiSchema } }: Operation,
  visit: (field: WalkedField, children: () => Result[]) => Result,
): Result[] {
  const fragments = new Map<string, { typeName: string; selectionSet: SelectionSetNode }>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const { typeCondition, selectionSet } = definition;
    fragments.set(definition.name.value, { typeName: typeCondition.name.value, selectionSet });
  }
  const typeNamed = (name: string): GraphQLCompositeType => apiSchema.getType(name) as GraphQLCompositeType;
  const walk = (parent: GraphQLCompositeType, selectionSet: SelectionSetNode | undefined): Result[] =>
    (selectionSet?.selections ?? []).flatMap((selection): Result[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value)!;
        return walk(typeNamed(fragment.typeName), fragment.selectionSet);
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        return walk(condition ? typeNamed(condition) : parent, selection.selectionSet);
      }
      const field = 'getFields' in parent ? parent.getFields()[selection.name.value] : undefined;
      if (!field) return [];
      const type = getNamedType(field.type);
      return [
        visit({ node: selection, parent, field }, () =>
          isCompositeType(type) ? walk(type, selection.selectionSet) : [],
        ),
      ];
    });
  return walk(apiSchema.getRootType(operation.operation)!, operation.selectionSet);
}
