/** Plans an operation without conditions, repairs the plan, and refuses it if root fields are missing. */
import { operationFromDocument } from '@apollo/federation-internals';
import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  Kind,
  parse,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { Supergraph } from '../supergraph/supergraph';
import { collectFields } from './collect-fields';
import { compilePlan, type CompiledPlan } from './compiled-plan';
import { withLongNumbers, withoutLongNumbers } from './exact-numbers';
import { repairPlan, repairRootFetch } from './repair-plan';

/**
 * `original` has one operation, with its fields' names in the data, and no conditions. Variables stand for its long numbers;
 * see {@link compileQueryPlan}.
 * @throws ApiError if no plan answers it, or LIMIT_EXCEEDED if there is no plan at the deadline
 */
export function queryPlan(original: DocumentNode, supergraph: Supergraph): QueryPlan {
  const { document } = withoutLongNumbers(original, supergraph.apiSchema);
  const operation = operationOf(document);
  const roots = rootFields(document, operation, supergraph);
  const plan =
    operation.operation === 'mutation' && roots.length > 1
      ? planSerially(document, operation, roots, supergraph)
      : planOnce(document, supergraph);
  const { node } = plan;
  const repaired: QueryPlan =
    node?.kind === 'Subscription'
      ? {
          ...plan,
          node: {
            ...node,
            primary: repairRootFetch(node.primary, supergraph),
            rest: node.rest && repairPlan(node.rest, supergraph),
          },
        }
      : { ...plan, node: node && repairPlan(node, supergraph) };
  checkRoots(repaired, operation, roots, supergraph);
  return repaired;
}

/** Makes the plan of `original` ready to run, with its long numbers as the client wrote them. */
export function compileQueryPlan(
  plan: QueryPlan,
  original: DocumentNode,
  { apiSchema, fullSchema }: Supergraph,
): CompiledPlan {
  const { literals } = withoutLongNumbers(original, apiSchema);
  return compilePlan(plan, fullSchema, (fetch) => withLongNumbers(fetch, literals));
}

function planOnce(document: DocumentNode, { planner, plannerSchema }: Supergraph): QueryPlan {
  return planner.buildQueryPlan(operationFromDocument(plannerSchema, document, { validate: false }));
}

/** A root field of the response. */
interface RootField {
  key: string;
  name: string;
  nodes: readonly FieldNode[];
}

/**
 * Plans each root field of a mutation separately, since a root field must be complete before the next one starts. Neighbours in one
 * subgraph share a request if all but the last need no other fetch; the subgraph runs them in order.
 */
function planSerially(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  roots: readonly RootField[],
  supergraph: Supergraph,
): QueryPlan {
  const groups: { roots: RootField[]; plan: QueryPlan; subgraph?: string; isWhole: boolean }[] = [];
  for (const root of roots) {
    const plan = planOnce(only(document, operation, [root]), supergraph);
    const subgraph = firstFetch(plan.node)?.serviceName;
    const isWhole = plan.node?.kind === 'Fetch';
    const previous = groups.at(-1);
    if (previous?.isWhole && subgraph !== undefined && previous.subgraph === subgraph) {
      previous.roots.push(root);
      previous.isWhole = isWhole;
    } else {
      groups.push({ roots: [root], plan, subgraph, isWhole });
    }
  }
  const nodes = groups.flatMap(({ roots: members, plan }): PlanNode[] => {
    const { node } = members.length === 1 ? plan : planOnce(only(document, operation, members), supergraph);
    return node && node.kind !== 'Subscription' ? [node] : [];
  });
  return { kind: 'QueryPlan', node: { kind: 'Sequence', nodes } };
}

function only(document: DocumentNode, operation: OperationDefinitionNode, roots: readonly RootField[]): DocumentNode {
  const selections = roots.flatMap(({ nodes }) => nodes);
  const definition: OperationDefinitionNode = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } };
  return { ...document, definitions: document.definitions.map((node) => (node === operation ? definition : node)) };
}

function firstFetch(node: QueryPlan['node']): FetchNode | undefined {
  if (node?.kind === 'Fetch') return node;
  return node?.kind === 'Sequence' ? firstFetch(node.nodes[0]) : undefined;
}

function rootFields(document: DocumentNode, operation: OperationDefinitionNode, supergraph: Supergraph): RootField[] {
  const { apiSchema: schema } = supergraph;
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  const type = schema.getRootType(operation.operation)!;
  return [...collectFields(type, [operation.selectionSet], { schema, fragments })]
    .map(([key, { name, nodes }]) => ({ key, name, nodes }))
    .filter(({ name }) => name !== '__typename');
}

/** The planner silently omits fields that it cannot reach. @throws ApiError if a root field is missing */
function checkRoots(
  { node }: QueryPlan,
  operation: OperationDefinitionNode,
  roots: readonly RootField[],
  { apiSchema }: Supergraph,
): void {
  const fetched = new Set<string>();
  for (const { operation: text } of rootFetches(node)) {
    const { selectionSet } = operationOf(parse(text, { noLocation: true }));
    for (const selection of selectionSet.selections)
      if (selection.kind === Kind.FIELD) fetched.add((selection.alias ?? selection.name).value);
  }
  const missing = roots.find(({ key }) => !fetched.has(key));
  if (!missing) return;
  const coordinate = `${apiSchema.getRootType(operation.operation)!.name}.${missing.name}`;
  throw new ApiError(
    'GRAPHQL_VALIDATION_FAILED',
    `This operation cannot be planned: no subgraph resolves ${coordinate}.`,
  );
}

function rootFetches(node: QueryPlan['node']): FetchNode[] {
  switch (node?.kind) {
    case 'Fetch':
      return node.requires ? [] : [node];
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(rootFetches);
    case 'Subscription':
      return [node.primary];
    default:
      return [];
  }
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  return definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
}
