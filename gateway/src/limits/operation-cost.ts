/**
 * What an operation may cost at most, before it runs: objects count, lists multiply (the cost directives of Federation 2.9:
 * `@cost`, `@listSize`). Compiled once per operation; only list sizes that come from variables are looked at per request.
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

interface CostNode {
  name: string;
  /** What one item costs, without what is below it. */
  weight: number;
  isList: boolean;
  /** How many items the list has by its own field's hints. */
  size: Size;
  /** How many items the lists named here have, one level below. */
  childSizes?: { fields: readonly string[]; size: Size };
  children: CostNode[];
}

/** `defaultListSize` is how many items a list counts as where nothing says. */
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

/** The largest of the slicing arguments that are given, else what the schema assumes, else the default. */
function sizeOf(node: FieldNode, hint: CostHint, fallback: number, args: WalkedField['field']['args']): Size {
  const assumed = hint.assumedSize ?? fallback;
  const given: Size[] = (hint.slicingArguments ?? []).flatMap((name): Size[] => {
    const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (value?.kind === Kind.INT) return [Number(value.value)];
    const defaultValue = args.find((argument) => argument.name === name)?.defaultValue;
    const absent = typeof defaultValue === 'number' ? defaultValue : assumed;
    if (value?.kind === Kind.VARIABLE) {
      const variable = value.name.value;
      return [({ [variable]: size = absent }) => (typeof size === 'number' ? size : assumed)];
    }
    return typeof defaultValue === 'number' && !value ? [defaultValue] : [];
  });
  if (given.length === 0) return assumed;
  if (given.every((size) => typeof size === 'number')) return Math.max(0, ...given);
  return (variables) => Math.max(0, ...given.map((size) => resolve(size, variables)));
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
