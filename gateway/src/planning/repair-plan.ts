/**
 * Corrects the planner's mistakes with required fields: replaces stand-ins by the real fields (`required-fields`), splits a fetch
 * that needs one field with different arguments, and refuses a plan that lacks a required field.
 */
import type { FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  isAbstractType,
  Kind,
  parse,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { RequiredFields } from '../supergraph/required-fields';
import type { Supergraph } from '../supergraph/supergraph';
import { typeOf } from './subgraph-query';

type Repairable = Pick<Supergraph, 'planned' | 'fullSchema'>;

/** @throws ApiError if the plan lacks a required field */
export function repairPlan(node: PlanNode, supergraph: Repairable): PlanNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => repairPlan(child, supergraph)) };
    case 'Flatten':
      return { ...node, node: repairPlan(node.node, supergraph) };
    case 'Fetch':
      return repairFetch(node, supergraph);
    case 'Condition':
    case 'Defer':
      return node; // operations are planned without conditions and @defer
  }
}

/** Repairs a fetch of root fields, which never needs to be split. */
export function repairRootFetch(fetch: FetchNode, supergraph: Repairable): FetchNode {
  const document = parse(fetch.operation, { noLocation: true });
  checkRequirements(fetch, document, supergraph);
  return withRealFields(fetch, document, supergraph.planned);
}

function repairFetch(fetch: FetchNode, supergraph: Repairable): PlanNode {
  if (!fetch.requires) return repairRootFetch(fetch, supergraph);
  const document = parse(fetch.operation, { noLocation: true });
  checkRequirements(fetch, document, supergraph);
  const parts = split(fetch, document, supergraph).map((part) =>
    withRealFields(part.fetch, part.document, supergraph.planned),
  );
  return parts.length === 1 ? parts[0]! : { kind: 'Parallel', nodes: parts };
}

function withRealFields(fetch: FetchNode, document: DocumentNode, { standIns }: RequiredFields): FetchNode {
  if (standIns.size === 0) return fetch;
  const real = visit(document, {
    Field(field) {
      const standIn = standIns.get(field.name.value);
      if (!standIn) return undefined;
      const { name, arguments: args } = standIn;
      return { ...field, alias: field.alias ?? field.name, name: { kind: Kind.NAME, value: name }, arguments: args };
    },
  });
  return { ...fetch, operation: print(real), requires: fetch.requires && renamed(fetch.requires, standIns) };
}

/** Representations have the real field's name but read its value by the stand-in's name. */
function renamed(
  nodes: readonly QueryPlanSelectionNode[],
  standIns: RequiredFields['standIns'],
): QueryPlanSelectionNode[] {
  return nodes.map((node) => {
    const selections = node.selections && renamed(node.selections, standIns);
    if (node.kind === 'InlineFragment') return { ...node, selections: selections ?? [] };
    const standIn = standIns.get(node.name);
    return standIn ? { ...node, alias: node.name, name: standIn.name, selections } : { ...node, selections };
  });
}

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

function split(
  fetch: FetchNode,
  document: DocumentNode,
  { planned, fullSchema }: Repairable,
): { fetch: FetchNode; document: DocumentNode }[] {
  const whole = [{ fetch, document }];
  if (planned.standIns.size === 0) return whole;
  const operation = operationOf(document);
  const entities = operation?.selectionSet.selections.find((node): node is FieldNode => node.kind === Kind.FIELD);
  if (!operation || !entities?.selectionSet) return whole;
  const parts: Part[] = [];
  for (const entityField of fieldsOf(entities.selectionSet, '')) {
    const variants = variantsOf(requirementsOf(fetch.serviceName, entityField, planned, fullSchema), planned);
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

function requirementsOf(
  subgraph: string,
  { typeName, field }: EntityField,
  planned: RequiredFields,
  schema: GraphQLSchema,
): SelectionSetNode[] {
  if (field.kind !== Kind.FIELD) return [];
  return concreteTypes(schema, typeName).flatMap(
    (name) => planned.requirementOf(subgraph, name, field.name.value) ?? [],
  );
}

/** The names of a type and of its members. */
function concreteTypes(schema: GraphQLSchema, typeName: string): string[] {
  const type = schema.getType(typeName);
  return isAbstractType(type) ? [typeName, ...schema.getPossibleTypes(type).map(({ name }) => name)] : [typeName];
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

/** @throws an ApiError that names the field if the fetch lacks its required fields */
function checkRequirements(fetch: FetchNode, document: DocumentNode, { planned, fullSchema }: Repairable): void {
  const operation = operationOf(document);
  const check = (
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    given: readonly Available[],
  ): void => {
    const own = [...given, ...availableIn(selections)];
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        check(selection.selectionSet, condition ? fullSchema.getType(condition) : type, own);
      } else if (selection.kind === Kind.FIELD) {
        const entityField = { typeName: type?.name ?? '', field: selection };
        for (const requirement of requirementsOf(fetch.serviceName, entityField, planned, fullSchema)) {
          if (!covers(own, requirement)) refuse(`${type?.name}.${selection.name.value}`);
        }
        const name = planned.standIns.get(selection.name.value)?.name ?? selection.name.value;
        if (selection.selectionSet) check(selection.selectionSet, typeOf(type, name), []);
      }
    }
  };
  if (!operation) return;
  if (!fetch.requires)
    return check(operation.selectionSet, fullSchema.getRootType(operation.operation) ?? undefined, []);
  const passedOn = availableInPlan(fetch.requires);
  for (const entities of operation.selectionSet.selections)
    if (entities.kind === Kind.FIELD && entities.selectionSet) check(entities.selectionSet, undefined, passedOn);
}

function refuse(coordinate: string): never {
  throw new ApiError(
    'GRAPHQL_VALIDATION_FAILED',
    `This operation cannot be planned: ${coordinate} requires fields of other subgraphs that the plan does not fetch.`,
  );
}

/** A field that is available to a subgraph, with its subfields. */
interface Available {
  name: string;
  fields: readonly Available[];
}

function availableIn(selections: readonly SelectionNode[]): Available[] {
  return selections.flatMap((selection): Available[] => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) return availableIn(selection.selectionSet.selections);
    return [{ name: selection.name.value, fields: availableIn(selection.selectionSet?.selections ?? []) }];
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

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode | undefined {
  return definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
}
