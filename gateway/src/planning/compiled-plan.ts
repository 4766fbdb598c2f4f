/** Compiles query plans: paths and rewrites are parsed once instead of for each request. */
import type { FetchDataRewrite, FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { FetchedFields } from './fetched-fields';
import { compileLeafMerge, type MergeLeaves } from './leaf-merger';
import { Representations } from './representations';
import { parseRewritePath, type RewritePath } from './rewrite-path';
import { knowsTypes, subgraphQuery } from './subgraph-query';

export type Step = SequenceStep | ParallelStep | FetchStep;

export interface SequenceStep {
  kind: 'Sequence';
  steps: readonly Step[];
}

export interface ParallelStep {
  kind: 'Parallel';
  steps: readonly Step[];
}

/** One element of the path from the response's root to a fetch's targets. */
export interface PathStep {
  /** A response name, `@` for each element of a list, or an empty string for the current object. */
  key: string;
  /** If present, objects of other types are skipped. */
  types?: ReadonlySet<string>;
}

/** One request to one subgraph. */
export interface FetchStep {
  kind: 'Fetch';
  subgraph: string;
  query: string;
  operationName?: string;
  operationKind: 'query' | 'mutation' | 'subscription';
  /** Names of the variables in the request. */
  variables: readonly string[];
  path: readonly PathStep[];
  /** Builds the representations for `_entities`; absent for a fetch of root fields. */
  representations?: Representations;
  /** Merges an entity that may be shared; absent if entities have more than leaves. */
  mergeLeaves?: MergeLeaves;
  /** The fields that are lost if the fetch fails. */
  fields: FetchedFields;
  /** Variables with values from an entity's ancestors (`@fromContext`). */
  contexts: readonly ContextVariable[];
  inputRewrites: readonly Rewrite[];
  outputRewrites: readonly Rewrite[];
}

/** A change to input or output data, at each object that `parent` matches. */
export type Rewrite =
  | { kind: 'ValueSetter'; parent: RewritePath; key: string; value: unknown }
  | { kind: 'KeyRenamer'; parent: RewritePath; key: string; renameTo: string };

export interface ContextVariable {
  name: string;
  /** Number of response names to go up from the entity. */
  up: number;
  /** The path down from there; its last element is the value's name. */
  down: RewritePath;
}

export interface CompiledPlan {
  /** The fetches of a query or mutation, or of each event of a subscription; absent if there are none. */
  step?: Step;
  /** The request that starts a subscription. */
  primary?: FetchStep;
  /** Whether a fetch's data depends on an entity's ancestors, so that equal entities must not share it. */
  hasContexts: boolean;
}

/** `schema` includes inaccessible types. `finish` may modify each fetch before it is compiled. */
export function compilePlan(
  { node }: QueryPlan,
  schema: GraphQLSchema,
  finish: (fetch: FetchNode) => FetchNode,
): CompiledPlan {
  const compiled: CompiledPlan = { hasContexts: false };
  const isTypeless = node?.kind === 'Subscription' ? knowsTypes(node.rest, schema) : knowsTypes(node, schema);
  const compile = (node: PlanNode, path: readonly PathStep[]): Step => {
    switch (node.kind) {
      case 'Sequence':
      case 'Parallel':
        return { kind: node.kind, steps: node.nodes.map((child) => compile(child, path)) };
      case 'Flatten':
        return compile(node.node, [...path, ...node.path.map((element) => parsePathElement(String(element)))]);
      case 'Fetch': {
        const step = compileFetch(finish(node), path, schema, isTypeless);
        compiled.hasContexts ||= step.contexts.length > 0;
        return step;
      }
      case 'Condition':
      case 'Defer':
        throw new Error(`The planner made a ${node.kind} node although no operation that it gets has a directive.`);
    }
  };
  if (node?.kind === 'Subscription') {
    compiled.primary = compileFetch(finish(node.primary), [], schema, isTypeless);
    compiled.step = node.rest && compile(node.rest, []);
  } else if (node) {
    compiled.step = compile(node, []);
  }
  return compiled;
}

function compileFetch(
  node: FetchNode,
  path: readonly PathStep[],
  schema: GraphQLSchema,
  isTypeless: boolean,
): FetchStep {
  const contexts = (node.contextRewrites ?? []).map((rewrite): ContextVariable => {
    const up = rewrite.path.filter((element) => element === '..').length;
    return { name: rewrite.renameKeyTo, up, down: parseRewritePath(rewrite.path.slice(up), schema) };
  });
  const fromContext = new Set(contexts.map(({ name }) => name));
  const { text, entityLeaves } = subgraphQuery(node.operation, schema, isTypeless);
  return {
    kind: 'Fetch',
    subgraph: node.serviceName,
    query: text,
    operationName: node.operationName,
    operationKind: node.operationKind,
    variables: (node.variableUsages ?? []).filter((name) => !fromContext.has(name)),
    path,
    representations: node.requires && new Representations(node.requires, schema),
    mergeLeaves: entityLeaves && !node.outputRewrites ? compileLeafMerge(entityLeaves) : undefined,
    fields: new FetchedFields(node.operation, node.requires !== undefined, schema),
    contexts,
    inputRewrites: (node.inputRewrites ?? []).map((rewrite) => compileRewrite(rewrite, schema)),
    outputRewrites: (node.outputRewrites ?? []).map((rewrite) => compileRewrite(rewrite, schema)),
  };
}

function compileRewrite(rewrite: FetchDataRewrite, schema: GraphQLSchema): Rewrite {
  const parent = parseRewritePath(rewrite.path.slice(0, -1), schema);
  const key = rewrite.path.at(-1)!;
  return rewrite.kind === 'ValueSetter'
    ? { kind: 'ValueSetter', parent, key, value: rewrite.setValueTo }
    : { kind: 'KeyRenamer', parent, key, renameTo: rewrite.renameKeyTo };
}

/** Parses `name`, `@`, `name|[A,B]`, `@|[A,B]` or `|[A,B]`, the planner's notation. */
export function parsePathElement(element: string): PathStep {
  const at = element.indexOf('|[');
  if (at < 0) return { key: element };
  return { key: element.slice(0, at), types: new Set(element.slice(at + 2, -1).split(',')) };
}
