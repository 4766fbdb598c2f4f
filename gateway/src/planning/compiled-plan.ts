/** A query plan made ready to run: paths and rewrites taken apart once, so that a request only walks them. */
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

/** One element of the way from the answer's root to where a fetch's data belongs. */
export interface PathStep {
  /** A response name, `@` for every element of a list, or empty for staying where one is. */
  key: string;
  /** Where given, objects of other types than these are left out. */
  types?: ReadonlySet<string>;
}

/** One request to one subgraph. */
export interface FetchStep {
  kind: 'Fetch';
  subgraph: string;
  query: string;
  operationName?: string;
  operationKind: 'query' | 'mutation' | 'subscription';
  /** The names of the variables that the request uses. */
  variables: readonly string[];
  path: readonly PathStep[];
  /** Builds what `_entities` is asked about; absent for a fetch of root fields. */
  representations?: Representations;
  /** Merges an entity that may be shared; absent where entities have more than leaves. */
  mergeLeaves?: MergeLeaves;
  /** What it brings, for the case that it fails. */
  fields: FetchedFields;
  /** Variables whose values lie in the data above each entity (`@fromContext`). */
  contexts: readonly ContextVariable[];
  inputRewrites: readonly Rewrite[];
  outputRewrites: readonly Rewrite[];
}

/** A change to data on its way in or out, at every object that `parent` leads to. */
export type Rewrite =
  | { kind: 'ValueSetter'; parent: RewritePath; key: string; value: unknown }
  | { kind: 'KeyRenamer'; parent: RewritePath; key: string; renameTo: string };

export interface ContextVariable {
  name: string;
  /** How many response names to go up from the entity. */
  up: number;
  /** The way down from there, its last element being the value's name. */
  down: RewritePath;
}

export interface CompiledPlan {
  /** What a query or mutation runs, or what a subscription runs for each event; absent where there is nothing to fetch. */
  step?: Step;
  /** The request that starts a subscription. */
  primary?: FetchStep;
  /** Whether entities of one fetch can differ by where they stand, so that equal ones must not share their data. */
  hasContexts: boolean;
}

/** `schema` is the supergraph's whole schema, inaccessible types included. `finish` has the last word on each request. */
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

/** `name`, `@`, `name|[A,B]`, `@|[A,B]` or `|[A,B]`, as the planner writes them. */
export function parsePathElement(element: string): PathStep {
  const at = element.indexOf('|[');
  if (at < 0) return { key: element };
  return { key: element.slice(0, at), types: new Set(element.slice(at + 2, -1).split(',')) };
}
