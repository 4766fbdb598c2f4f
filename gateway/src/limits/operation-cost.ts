/**
 * The most that an operation may cost, before it runs: objects count, lists multiply (the cost directives of Federation 2.9:
 * `@cost`, `@listSize`). Compiled once per operation; only list sizes that come from variables are computed per request.
 */
import { getNamedType, getNullableType, isCompositeType, isListType, Kind, type FieldNode } from 'graphql';
import { walkOperation, type WalkedField } from '../planning/operation-walk';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { CostHint } from '../supergraph/supergraph';

export type Variables = Readonly<Record<string, unknown>>;

/** The cost for given coerced variables. */
export type CostFunction = (variables: Variables) => number;

/** A mutation's root field costs as much as this many objects. */
const MUTATION_COST = 10;

type Size = number | ((variables: Variables) => number);
/** The number that a slicing argument gives, if any. */
type Slice = number | undefined | ((variables: Variables) => number | undefined);

interface CostNode {
  name: string;
  /** The cost of one item, without its selection. */
  weight: number;
  isList: boolean;
  /** How many items the list has by its own field's hints. */
  size: Size;
  /** How many items the lists named here have, one level below. */
  childSizes?: { fields: readonly string[]; size: Size };
  children: CostNode[];
}

/** `defaultListSize` is how many items a list counts as if nothing says. */
export function compileCost(prepared: PreparedOperation, defaultListSize: number): CostFunction {
  const roots = walkOperation<CostNode>(prepared, (walked, children) =>
    nodeFor(prepared, walked, children(), defaultListSize),
  );
  const base = prepared.kind === 'mutation' ? MUTATION_COST * roots.length : 0;
  const evaluate: CostFunction = (variables) => base + sum(roots, variables);
  const isConstant = roots.every(hasConstantSize);
  if (!isConstant) return evaluate;
  const cost = evaluate({});
  return () => cost;
}

function nodeFor(
  { supergraph }: PreparedOperation,
  { node, parent, field }: WalkedField,
  children: CostNode[],
  defaultListSize: number,
): CostNode {
  const type = getNamedType(field.type);
  const hint = supergraph.costHint(parent.name, field.name);
  const weight = hint.weight ?? supergraph.costHint(type.name).weight ?? (isCompositeType(type) ? 1 : 0);
  const size = sizeOf(node, hint, defaultListSize, field.args);
  return {
    name: field.name,
    weight,
    isList: isListType(getNullableType(field.type)),
    size,
    childSizes: hint.sizedFields && { fields: hint.sizedFields, size },
    children,
  };
}

/**
 * The largest of the slicing arguments that have a size, else the size that the schema assumes, else the default. An argument that
 * is absent, null or negative has none: a subgraph may read it as "all".
 */
function sizeOf(node: FieldNode, hint: CostHint, fallback: number, args: WalkedField['field']['args']): Size {
  const assumed = hint.assumedSize ?? fallback;
  const slices = (hint.slicingArguments ?? []).map((name) => sliceOf(name, node, args));
  // A variable without a value leaves out an argument that validation has taken for given.
  const unsliced = slices.length > 0 && hint.requireOneSlicingArgument !== false ? Infinity : assumed;
  if (slices.every((slice) => typeof slice !== 'function')) return largest(slices, unsliced);
  return (variables) =>
    largest(
      slices.map((slice) => (typeof slice === 'function' ? slice(variables) : slice)),
      unsliced,
    );
}

function sliceOf(name: string, node: FieldNode, args: WalkedField['field']['args']): Slice {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  const byDefault = asSize(args.find((argument) => argument.name === name)?.defaultValue);
  if (!value) return byDefault;
  if (value.kind === Kind.INT) return asSize(Number(value.value));
  if (value.kind !== Kind.VARIABLE) return undefined;
  const variable = value.name.value;
  // If the variable is absent, the argument's default holds; if it is null, it does not.
  return (variables) => (variables[variable] === undefined ? byDefault : asSize(variables[variable]));
}

const asSize = (value: unknown): number | undefined => (typeof value === 'number' && value >= 0 ? value : undefined);

function largest(slices: readonly (number | undefined)[], assumed: number): number {
  const sizes = slices.filter((slice) => slice !== undefined);
  return sizes.length > 0 ? Math.max(...sizes) : assumed;
}

function resolve(size: Size, variables: Variables): number {
  return typeof size === 'number' ? size : size(variables);
}

function sum(nodes: readonly CostNode[], variables: Variables, sized?: CostNode['childSizes']): number {
  let total = 0;
  for (const { name, weight, isList, size, childSizes, children } of nodes) {
    const count = isList ? resolve(sized?.fields.includes(name) ? sized.size : size, variables) : 1;
    total += count * (weight + sum(children, variables, childSizes));
  }
  return total;
}

function hasConstantSize({ size, children }: CostNode): boolean {
  return typeof size === 'number' && children.every(hasConstantSize);
}
