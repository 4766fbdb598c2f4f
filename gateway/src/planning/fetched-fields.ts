/** The fields that one fetch adds to its target objects, by their names in the data. */
import { Kind, parse, type GraphQLSchema, type SelectionSetNode } from 'graphql';
import type { LostValue } from './lost-values';
import { isTypeOrSubType, type DataObject } from './rewrite-path';

interface FetchedField {
  key: string;
  /** The types that have the field; absent for all types. */
  condition?: string;
}

export class FetchedFields {
  private readonly fields: readonly FetchedField[];

  /** `operation` is the fetch's text. `isOfEntities` is true if its targets are entities. */
  constructor(
    operation: string,
    isOfEntities: boolean,
    private readonly schema: GraphQLSchema,
  ) {
    const [definition] = parse(operation, { noLocation: true }).definitions;
    const root = definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet : undefined;
    const [entities] = root?.selections ?? [];
    const selectionSet = isOfEntities && entities?.kind === Kind.FIELD ? entities.selectionSet : root;
    this.fields = fieldsOf(selectionSet);
  }

  /** An object in the shape of the subgraph's response, with the reason in place of each value. */
  lost(typeName: unknown, reason: LostValue): DataObject {
    const object: DataObject = typeName === undefined ? {} : { __typename: typeName };
    for (const { key, condition } of this.fields) {
      const isOfType =
        condition === undefined || typeName === undefined || isTypeOrSubType(this.schema, condition, typeName);
      if (isOfType) object[key] = reason;
    }
    return object;
  }
}

function fieldsOf(selectionSet: SelectionSetNode | undefined, condition?: string): FetchedField[] {
  return (selectionSet?.selections ?? []).flatMap((selection): FetchedField[] => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return fieldsOf(selection.selectionSet, selection.typeCondition?.name.value ?? condition);
    const key = (selection.alias ?? selection.name).value;
    return key === '__typename' ? [] : [{ key, condition }];
  });
}
