/**
 * Shapes merged subgraph data into the response: selected fields only, in order, with nulls propagated by the specification.
 * Compiled per operation and object type on first use.
 */
import {
  getNullableType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { collectFields, type CollectedFields } from './collect-fields';
import { ConditionVariants, conditionVariables, type Conditions } from './conditions';
import { fittingTypeof, leafCompleter } from './leaf-values';
import { ABSENT, isLost, NOT_FOUND, type Losses, type LostValue } from './lost-values';
import {
  BUBBLE,
  compileObject,
  type Complete,
  type ShapedField,
  type ShapeProblem,
  type Shaping,
} from './object-shaper';
import { nameInData } from './names-in-data';
import { isTypeOrSubType, type DataObject } from './rewrite-path';
import type { Supergraph } from '../supergraph/supergraph';

export interface Shaped {
  data: DataObject | null;
  problems: readonly ShapeProblem[];
}

interface Compiler {
  schema: GraphQLSchema;
  supergraph: Shapable;
  collect: (type: GraphQLCompositeType, selectionSets: readonly SelectionSetNode[]) => CollectedFields;
}

/** The parts of a supergraph that shaping needs. */
type Shapable = Pick<Supergraph, 'apiSchema' | 'plannedNames'>;

/** The shape of one operation's response. */
export class ResponseShape {
  private readonly variants: ConditionVariants<Complete>;

  constructor(
    supergraph: Shapable,
    operation: OperationDefinitionNode,
    fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  ) {
    this.variants = new ConditionVariants(conditionVariables(operation, fragments), (conditions) => {
      const schema = supergraph.apiSchema;
      const collect: Compiler['collect'] = (type, sets) => collectFields(type, sets, { schema, fragments, conditions });
      const root = schema.getRootType(operation.operation)!;
      return completeObject({ schema, supergraph, collect }, root, [operation.selectionSet]);
    });
  }

  /** `variables` must be coerced. `introspection` is the result of the operation's `__schema` and `__type` fields. */
  apply(data: DataObject, variables: Conditions, losses: Losses = new Map(), introspection?: DataObject): Shaped {
    const shaping: Shaping = { path: [], problems: [], losses, introspection };
    const shaped = this.variants.for(variables)(data, shaping);
    if (shaped === BUBBLE) forgetNullable(shaping);
    return { data: shaped === BUBBLE ? null : (shaped as DataObject), problems: shaping.problems };
  }
}

function completeObject(
  compiler: Compiler,
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
): Complete {
  const byType = new Map<string, ReturnType<typeof compileObject>>();
  const compileFor = (name: string) => {
    const actual = compiler.schema.getType(name);
    if (!isCompositeType(actual)) return undefined;
    // An interface object's type name is that of the interface.
    if (isObjectType(actual) && !isTypeOrSubType(compiler.schema, type.name, name)) return undefined;
    const build = compileObject(compileFields(compiler, actual, compiler.collect(actual, selectionSets)));
    byType.set(name, build);
    return build;
  };
  return (value, shaping) => {
    if (typeof value !== 'object' || Array.isArray(value))
      return invalid(shaping, `Expected an object of type ${type.name}.`);
    const source = value as DataObject;
    const name = typeof source.__typename === 'string' ? source.__typename : type.name;
    const build = byType.get(name) ?? compileFor(name);
    return build ? build(source, shaping) : invalid(shaping, `Expected an object of type ${type.name}.`);
  };
}

function compileFields(compiler: Compiler, type: GraphQLCompositeType, collected: CollectedFields): ShapedField[] {
  return [...collected].map(([key, { name, nodes }]) => {
    const source = nameInData(nodes[0]!, type, compiler.supergraph);
    if (name === '__typename') return { key, source, isLeaf: true, complete: completeTypename(compiler, type) };
    if (name === '__schema' || name === '__type') {
      return { key, source, isLeaf: true, complete: (_value, { introspection }) => introspection?.[key] ?? null };
    }
    const field = 'getFields' in type ? type.getFields()[name]! : undefined;
    if (!field) throw new Error(`${type.name} has no field ${name}; the operation was not validated.`);
    const selectionSets = nodes.flatMap((node) => node.selectionSet ?? []);
    const complete = compileType(compiler, field.type, selectionSets, `field ${type.name}.${name}`);
    const isLeaf = isLeafType(getNullableType(field.type));
    return { key, source, isLeaf, fitting: fittingTypeof(field.type), complete };
  });
}

/** If only an aliased `__typename` is selected, the data has the type under the alias alone. */
function completeTypename({ schema }: Compiler, type: GraphQLCompositeType): Complete {
  if (isObjectType(type)) return () => type.name;
  return (value) => (typeof value === 'string' && isObjectType(schema.getType(value)) ? value : BUBBLE);
}

/** `place` names the field or list in the message about an invalid null. */
function compileType(
  compiler: Compiler,
  type: GraphQLOutputType,
  selectionSets: readonly SelectionSetNode[],
  place: string,
): Complete {
  if (isNonNullType(type)) {
    const inner = compileValue(compiler, type.ofType, selectionSets, place);
    return (value, shaping, key) => {
      if (value !== null && value !== undefined && !isLost(value)) return inner(value, shaping, key);
      if (isLost(value) && value !== NOT_FOUND) return lost(shaping, value, false, place, key);
      return invalid(shaping, `Cannot return null for non-nullable ${place}.`, key);
    };
  }
  const inner = compileValue(compiler, type, selectionSets, place);
  return (value, shaping, key) => {
    if (value === null) return null;
    if (value === undefined || isLost(value)) {
      if (value !== NOT_FOUND) lost(shaping, value ?? ABSENT, true, place, key);
      return null;
    }
    const completed = inner(value, shaping, key);
    if (completed !== BUBBLE) return completed;
    forgetNullable(shaping);
    return null;
  };
}

/** Records a missing value. */
function lost(
  { path, problems, losses }: Shaping,
  value: LostValue,
  isNullable: boolean,
  place: string,
  key?: string,
): typeof BUBBLE {
  const loss = losses.get(value);
  // A null that propagates from here is explained by the reported error.
  if (loss?.isReported && !isNullable) return BUBBLE;
  const message = `No subgraph gave ${place}.`;
  problems.push({ message, path: key === undefined ? [...path] : [...path, key], loss, isNullable });
  return BUBBLE;
}

/** Losses below a null need no error of their own. */
function forgetNullable(shaping: Shaping): void {
  const { path, problems } = shaping;
  const isBelow = (problem: ShapeProblem) => path.every((key, index) => problem.path[index] === key);
  shaping.problems = problems.filter((problem) => !problem.isNullable || !isBelow(problem));
}

/** Completes a value that is not null. */
function compileValue(
  compiler: Compiler,
  type: GraphQLOutputType,
  selectionSets: readonly SelectionSetNode[],
  place: string,
): Complete {
  if (isListType(type)) {
    const item = compileType(compiler, type.ofType, selectionSets, `item of ${place}`);
    return (value, shaping) => {
      if (!Array.isArray(value)) return invalid(shaping, `Expected a list for ${place}.`);
      const result = new Array<unknown>(value.length);
      for (let index = 0; index < value.length; index++) {
        shaping.path.push(index);
        const completed = item(value[index], shaping);
        shaping.path.pop();
        if (completed === BUBBLE) return BUBBLE;
        result[index] = completed;
      }
      return result;
    };
  }
  if (isCompositeType(type)) return completeObject(compiler, type, selectionSets);
  const complete = leafCompleter(type);
  return (value, shaping, key) => complete(value) ?? invalid(shaping, `Invalid value for ${place}.`, key);
}

/** `key` is for leaves of objects only: other values are already on the path. */
function invalid({ problems, path }: Shaping, message: string, key?: string): typeof BUBBLE {
  problems.push({ message, path: key === undefined ? [...path] : [...path, key] });
  return BUBBLE;
}
