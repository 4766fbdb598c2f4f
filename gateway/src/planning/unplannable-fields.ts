/**
 * Finds fields with `@requires` for which the planner makes wrong plans, by planning a small operation for each of them when a
 * supergraph is loaded. Every operation is checked again when it is planned; see `required-in-plan`.
 */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isNonNullType,
  parse,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { RequiringField } from '../supergraph/required-fields';
import type { Supergraph } from '../supergraph/supergraph';
import { withinDeadline } from './planning-time';
import { queryPlan } from './query-plan';
import { MissingRequirement } from './required-in-plan';

/** Longest time for all probes of a supergraph, in milliseconds. Fields beyond it are left to the check of each operation. */
const BUDGET_MS = 3_000;

/** A field on the way from a root type. */
interface Step {
  owner: string;
  field: GraphQLField<unknown, unknown>;
}

/** @throws an Error that names the first field that cannot be planned */
export function refuseUnplannableFields(supergraph: Supergraph): void {
  const endsAt = performance.now() + BUDGET_MS;
  for (const requiring of supergraph.planned.requiring) {
    for (const path of pathsTo(requiring.typeName, supergraph)) {
      const leftMs = endsAt - performance.now();
      if (leftMs < 1) return;
      const operation = probe(path, requiring, supergraph.apiSchema);
      if (operation) refuseIfUnplannable(operation, supergraph, Math.ceil(leftMs));
    }
  }
}

function refuseIfUnplannable(operation: string, supergraph: Supergraph, deadlineMs: number): void {
  try {
    withinDeadline(() => queryPlan(parse(operation, { noLocation: true }), supergraph), deadlineMs);
  } catch (error) {
    // Any other refusal concerns this operation only.
    if (!(error instanceof MissingRequirement)) return;
    throw new Error(
      `${error.field} cannot be planned: the fields that it requires are not fetched before it, as in ${operation}. ` +
        'Let its subgraph require or resolve these fields in one step.',
      { cause: error },
    );
  }
}

/** The shortest path to the type for each set of subgraphs that resolve its last field: the planner starts from there. */
function pathsTo(typeName: string, { apiSchema, externalFields }: Supergraph): Step[][] {
  const paths = new Map<string, Step[]>();
  const seen = new Set<string>();
  let front: { type: GraphQLNamedType; path: Step[] }[] = [];
  for (const root of [apiSchema.getQueryType(), apiSchema.getMutationType(), apiSchema.getSubscriptionType()])
    if (root) front.push({ type: root, path: [] });
  while (front.length > 0) {
    const next: typeof front = [];
    for (const { type, path } of front) {
      for (const owner of objectsOf(type, apiSchema)) {
        if (seen.has(`${path[0]?.owner ?? owner.name} ${owner.name}`)) continue;
        seen.add(`${path[0]?.owner ?? owner.name} ${owner.name}`);
        for (const field of Object.values(owner.getFields())) {
          const result = getNamedType(field.type);
          if (!isCompositeType(result)) continue;
          const steps = [...path, { owner: owner.name, field }];
          const key = `${steps[0]!.owner} ${externalFields.subgraphsOf(owner.name, field.name).join()}`;
          if (includes(result, typeName, apiSchema) && !paths.has(key)) paths.set(key, steps);
          next.push({ type: result, path: steps });
        }
      }
    }
    front = next;
  }
  return [...paths.values()];
}

function objectsOf(type: GraphQLNamedType, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [type as GraphQLObjectType];
}

function includes(type: GraphQLNamedType, typeName: string, schema: GraphQLSchema): boolean {
  return type.name === typeName || objectsOf(type, schema).some(({ name }) => name === typeName);
}

/** Undefined if clients cannot select the field. Required arguments become variables; plans do not depend on their values. */
function probe(
  path: readonly Step[],
  { typeName, fieldName }: RequiringField,
  schema: GraphQLSchema,
): string | undefined {
  const type = schema.getType(typeName);
  if (!isCompositeType(type) || !('getFields' in type)) return undefined;
  const field = type.getFields()[fieldName];
  if (!field) return undefined;
  const variables: string[] = [];
  const call = ({ name, args }: GraphQLField<unknown, unknown>) => {
    const given = args
      .filter(({ type: argument, defaultValue }) => isNonNullType(argument) && defaultValue === undefined)
      .map((argument) => {
        variables.push(`$v${variables.length}: ${String(argument.type)}`);
        return `${argument.name}: $v${variables.length - 1}`;
      });
    return given.length > 0 ? `${name}(${given.join(', ')})` : name;
  };
  const steps = path.map((step) => `... on ${step.owner} { ${call(step.field)} {`);
  const selection = `${call(field)}${isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'}`;
  const kind = {
    [schema.getMutationType()?.name ?? '']: 'mutation',
    [schema.getSubscriptionType()?.name ?? '']: 'subscription',
  };
  const head = kind[path[0]!.owner] ?? 'query';
  const body = `${steps.join(' ')} ... on ${typeName} { ${selection} } ${'} } '.repeat(path.length)}`;
  return `${head}${variables.length > 0 ? ` (${variables.join(', ')})` : ''} { ${body}}`;
}
