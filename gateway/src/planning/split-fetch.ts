/** Splits a fetch of entities that needs one field with different arguments: a representation has room for one value of each field. */
import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  Kind,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { RequiredFields } from '../supergraph/required-fields';
import { requirementsOf, type Requirements } from './required-in-plan';

/** The entity fields of a fetch, each with its parent type. */
interface EntityField {
  typeName: string;
  field: SelectionNode;
}

interface Part {
  fields: EntityField[];
  /** Real name → the stand-ins that require it here. */
  variants: Map<string, string>;
}

/** The fetch in parts, none of which needs one field with different arguments. One part if the whole does not. */
export function splitFetch(
  fetch: FetchNode,
  document: DocumentNode,
  { planned, fullSchema }: Requirements,
): { fetch: FetchNode; document: DocumentNode }[] {
  const whole = [{ fetch, document }];
  if (planned.standIns.size === 0) return whole;
  const operation = operationOf(document);
  const entities = operation?.selectionSet.selections.find((node): node is FieldNode => node.kind === Kind.FIELD);
  if (!operation || !entities?.selectionSet) return whole;
  const parts: Part[] = [];
  for (const entityField of fieldsOf(entities.selectionSet, '')) {
    const { typeName, field } = entityField;
    const requirements =
      field.kind === Kind.FIELD
        ? requirementsOf(fetch.serviceName, typeName, field.name.value, planned, fullSchema)
        : [];
    const variants = variantsOf(requirements, planned);
    const part = parts.find((candidate) => areCompatible(candidate.variants, variants));
    if (!part) {
      parts.push({ fields: [entityField], variants });
      continue;
    }
    part.fields.push(entityField);
    for (const [name, names] of variants) part.variants.set(name, names);
  }
  if (parts.length < 2) return whole;
  const all = new Set(parts.flatMap(({ variants }) => [...variants.values()].flatMap((names) => names.split(' '))));
  return parts.map(({ fields, variants }) => {
    const own = new Set([...variants.values()].flatMap((names) => names.split(' ')));
    const others = new Set([...all].filter((name) => !own.has(name)));
    const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: fields.map(inFragment) };
    const definition: OperationDefinitionNode = {
      ...operation,
      selectionSet: { kind: Kind.SELECTION_SET, selections: [{ ...entities, selectionSet }] },
    };
    const text = print(selectionSet);
    const isUsed = (name: string) => text.includes(`$${name}`);
    const used: OperationDefinitionNode = {
      ...definition,
      variableDefinitions: operation.variableDefinitions?.filter(
        ({ variable: { name } }) => name.value === 'representations' || isUsed(name.value),
      ),
    };
    return {
      document: { ...document, definitions: [used] },
      fetch: {
        ...fetch,
        operation: print(used),
        variableUsages: fetch.variableUsages?.filter(isUsed),
        requires: without(fetch.requires!, others),
      },
    };
  });
}

function fieldsOf({ selections }: SelectionSetNode, typeName: string): EntityField[] {
  return selections.flatMap((selection): EntityField[] =>
    selection.kind === Kind.INLINE_FRAGMENT
      ? fieldsOf(selection.selectionSet, selection.typeCondition?.name.value ?? typeName)
      : [{ typeName, field: selection }],
  );
}

function inFragment({ typeName, field }: EntityField): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: typeName } },
    selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
  };
}

function variantsOf(requirements: readonly SelectionSetNode[], { standIns }: RequiredFields): Map<string, string> {
  const names = new Map<string, Set<string>>();
  const real = new Set([...standIns.values()].map(({ name }) => name));
  for (const requirement of requirements) {
    visit(requirement, {
      Field({ name: { value } }) {
        const name = standIns.get(value)?.name ?? value;
        if (!real.has(name)) return;
        const variants = names.get(name) ?? new Set();
        names.set(name, variants.add(value));
      },
    });
  }
  return new Map([...names].map(([name, variants]) => [name, [...variants].sort().join(' ')]));
}

function areCompatible(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return [...right].every(([name, variants]) => (left.get(name) ?? variants) === variants);
}

function without(nodes: readonly QueryPlanSelectionNode[], names: ReadonlySet<string>): QueryPlanSelectionNode[] {
  return nodes.flatMap((node): QueryPlanSelectionNode[] => {
    if (node.kind === 'Field' && names.has(node.name)) return [];
    if (!node.selections) return [node];
    const selections = without(node.selections, names);
    return selections.length > 0 ? [{ ...node, selections }] : [];
  });
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode | undefined {
  return definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
}
