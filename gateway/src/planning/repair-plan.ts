/**
 * Corrects the planner's mistakes with required fields: replaces stand-ins by the real fields (`required-fields`), and splits fetches
 * (`split-fetch`). `required-in-plan` refuses plans that cannot be repaired.
 */
import type { FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, parse, print, visit, type DocumentNode } from 'graphql';
import type { RequiredFields } from '../supergraph/required-fields';
import { checkRequirements, type Requirements } from './required-in-plan';
import { splitFetch } from './split-fetch';

/** @throws MissingRequirement if the plan lacks a required field */
export function repairPlan(node: PlanNode, supergraph: Requirements): PlanNode {
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
export function repairRootFetch(fetch: FetchNode, supergraph: Requirements): FetchNode {
  const document = parse(fetch.operation, { noLocation: true });
  checkRequirements(fetch, document, supergraph);
  return withRealFields(fetch, document, supergraph.planned);
}

function repairFetch(fetch: FetchNode, supergraph: Requirements): PlanNode {
  if (!fetch.requires) return repairRootFetch(fetch, supergraph);
  const document = parse(fetch.operation, { noLocation: true });
  checkRequirements(fetch, document, supergraph);
  const parts = splitFetch(fetch, document, supergraph).map((part) =>
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
