/**
 * Refuses a plan that fetches a field without the fields which it requires (`@requires`): its subgraph would compute a wrong value,
 * and nobody would notice. Repairs nothing.
 */
import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  isAbstractType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { RequiredFields } from '../supergraph/required-fields';
import type { Supergraph } from '../supergraph/supergraph';
import { typeOf } from './subgraph-query';

export type Requirements = Pick<Supergraph, 'planned' | 'fullSchema' | 'externalFields'>;

/** The refusal of an operation. The planner makes such plans for some chains of required fields. */
export class MissingRequirement extends ApiError {
  /** @param field the coordinate of the field that would lack fields which it requires */
  constructor(readonly field: string) {
    const message = `This operation cannot be planned: ${field} requires fields of other subgraphs that the plan does not fetch.`;
    super('GRAPHQL_VALIDATION_FAILED', message);
  }
}

/** A field that is available to a subgraph, with its subfields. */
interface Available {
  name: string;
  fields: readonly Available[];
}

/** @throws MissingRequirement that names the field if the fetch lacks its required fields */
export function checkRequirements(fetch: FetchNode, document: DocumentNode, supergraph: Requirements): void {
  const { planned, fullSchema, externalFields } = supergraph;
  const subgraph = fetch.serviceName;
  const realName = (name: string) => planned.standIns.get(name)?.name ?? name;

  /** Whether the subgraph itself has the value of a field that it is asked for. An external field has a value only if provided. */
  const resolves = (
    type: GraphQLNamedType | undefined,
    { name: { value } }: FieldNode,
    provided: readonly Available[],
  ) =>
    !externalFields.isExternal(subgraph, type?.name ?? '', realName(value)) ||
    provided.some(({ name }) => name === realName(value));

  /** @param given the fields that the subgraph gets with an entity. @param provided the external fields that it has on this path */
  const check = (
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    given: readonly Available[],
    provided: readonly Available[],
  ): void => {
    const own = [...given, ...availableIn(selections, type)];
    function availableIn(nodes: readonly SelectionNode[], owner: GraphQLNamedType | undefined): Available[] {
      return nodes.flatMap((node): Available[] => {
        if (node.kind === Kind.FRAGMENT_SPREAD) return [];
        if (node.kind === Kind.INLINE_FRAGMENT)
          return availableIn(node.selectionSet.selections, conditionOf(node.typeCondition?.name.value, owner));
        if (!resolves(owner, node, provided)) return [];
        return [{ name: node.name.value, fields: fieldsIn(node.selectionSet?.selections ?? []) }];
      });
    }
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        check(selection.selectionSet, conditionOf(selection.typeCondition?.name.value, type), own, provided);
      } else if (selection.kind === Kind.FIELD) {
        const typeName = type?.name ?? '';
        for (const requirement of requirementsOf(subgraph, typeName, selection.name.value, planned, fullSchema)) {
          if (!covers(own, requirement)) throw new MissingRequirement(`${typeName}.${selection.name.value}`);
        }
        if (!selection.selectionSet) continue;
        const name = realName(selection.name.value);
        const nested = provided.filter((field) => field.name === name).flatMap(({ fields }) => fields);
        const provides = externalFields.providedBy(subgraph, typeName, name);
        check(selection.selectionSet, typeOf(type, name), [], [...nested, ...fieldsIn(provides?.selections ?? [])]);
      }
    }
  };
  const conditionOf = (condition: string | undefined, type: GraphQLNamedType | undefined) =>
    condition === undefined ? type : fullSchema.getType(condition);

  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) return;
  if (!fetch.requires)
    return check(operation.selectionSet, fullSchema.getRootType(operation.operation) ?? undefined, [], []);
  const passedOn = availableInPlan(fetch.requires);
  for (const entities of operation.selectionSet.selections)
    if (entities.kind === Kind.FIELD && entities.selectionSet) check(entities.selectionSet, undefined, passedOn, []);
}

/** What a subgraph's field requires, for a type and its members. */
export function requirementsOf(
  subgraph: string,
  typeName: string,
  fieldName: string,
  planned: RequiredFields,
  schema: GraphQLSchema,
): SelectionSetNode[] {
  return concreteTypes(schema, typeName).flatMap((name) => planned.requirementOf(subgraph, name, fieldName) ?? []);
}

/** The names of a type and of its members. */
function concreteTypes(schema: GraphQLSchema, typeName: string): string[] {
  const type = schema.getType(typeName);
  return isAbstractType(type) ? [typeName, ...schema.getPossibleTypes(type).map(({ name }) => name)] : [typeName];
}

function fieldsIn(selections: readonly SelectionNode[]): Available[] {
  return selections.flatMap((selection): Available[] => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsIn(selection.selectionSet.selections);
    return [{ name: selection.name.value, fields: fieldsIn(selection.selectionSet?.selections ?? []) }];
  });
}

function availableInPlan(nodes: readonly QueryPlanSelectionNode[]): Available[] {
  return nodes.flatMap((node): Available[] =>
    node.kind === 'InlineFragment'
      ? availableInPlan(node.selections)
      : [{ name: node.name, fields: availableInPlan(node.selections ?? []) }],
  );
}

/** Ignores type conditions on both sides: it only detects fields that no fetch selects. */
function covers(available: readonly Available[], { selections }: SelectionSetNode): boolean {
  return selections.every((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return true;
    if (selection.kind === Kind.INLINE_FRAGMENT) return covers(available, selection.selectionSet);
    if (selection.name.value === '__typename') return true;
    const found = available.filter(({ name }) => name === selection.name.value);
    return (
      found.length > 0 &&
      (!selection.selectionSet ||
        covers(
          found.flatMap(({ fields }) => fields),
          selection.selectionSet,
        ))
    );
  });
}
