/**
 * Static upper bound of an operation's cost: objects count, lists multiply (the cost directives of Federation 2.9, `@cost` and
 * `@listSize`). Compiled once per operation; only list sizes from variables are computed per request.
 */
import { getNamedType, getNullableType, isCompositeType, isListType, Kind, type FieldNode } from 'graphql';
import { walkOperation, type WalkedField } from '../planning/operation-walk';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { CostHint } from '../supergraph/supergraph';

export type Variables = Readonly<Record<string, unknown>>;

/** The cost for coerced variables. */
export type CostFunction = (variables: Variables) => number;

/** The cost of a mutation's root field, in objects. */
const MUTATION_COST = 10;

type Size = number | ((variables: Variables) => number);
/** The value of a slicing argument, if it has one. */
type Slice = number | undefined | ((variables: Variables) => number | undefined);

interface CostNode {
  name: string;
  /** Cost of one item, without its selection. */
  weight: number;
  isList: boolean;
  /** List size by the field's own hints. */
  size: Size;
  /** Sizes of the lists named in `sizedFields`, one level below. */
  childSizes?: { fields: readonly string[]; size: Size };
  children: CostNode[];
}

/** `defaultListSize` applies to lists without a hint. */
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
 * The largest slicing argument with a size, else the schema's assumed size, else the default. An absent, null or negative argument
 * has no size, since a subgraph may read it as "all".
 */
function sizeOf(node: FieldNode, hint: CostHint, fallback: number, args: WalkedField['field']['args']): Size {
  const assumed = hint.assumedSize ?? fallback;
  const slices = (hint.slicingArguments ?? []).map((name) => sliceOf(name, node, args));
  // A variable without a value omits an argument that validation has counted as given.
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
  // The argument's default applies if the variable is absent, but not if it is null.
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
