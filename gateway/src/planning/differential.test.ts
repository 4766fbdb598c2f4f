/** Compares a federation with one schema that has the same fields: data, nulls and error paths are equal. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  execute,
  parse,
  validate,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { createLogger } from '@chat/kit/logging';
import type { GraphQLRequest, GraphQLService } from '@chat/kit/graphql/service';
import { executeOperation, type Services } from '../execution/executor';
import { Supergraph } from '../supergraph/supergraph';
import { compose } from '../testing/compose';
import { resolveField, resolversOf, WORLD, type WorldObject } from '../testing/differential-world';
import { generateOperation } from '../testing/generated-operation';
import { coerceVariables } from './coerce-variables';
import { OperationPreparer } from './prepare';

const supergraph = new Supergraph(compose(Object.entries(WORLD).map(([name, typeDefs]) => ({ name, typeDefs }))));
const services = new Map(
  Object.entries(WORLD).map(([name, typeDefs]) => [
    name,
    serviceOf(buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: resolversOf(name) as never }])),
  ]),
) as unknown as Services;
const NAMES = [
  'id',
  'sku',
  'code',
  'price',
  'attrs',
  'estimate',
  'name',
  'x',
  'y',
  'dims',
  'verdict',
  'client__id',
  '__typename',
];

function serviceOf(schema: GraphQLSchema): Pick<GraphQLService, 'execute'> {
  return {
    execute: async ({ query, variables }: GraphQLRequest): Promise<ExecutionResult> =>
      JSON.parse(JSON.stringify(await run(schema, query, variables, true))) as ExecutionResult,
  };
}

function run(
  schema: GraphQLSchema,
  query: string,
  variableValues: Record<string, unknown> | undefined,
  isSubgraph: boolean,
): ExecutionResult | Promise<ExecutionResult> {
  return execute({
    schema,
    document: parse(query),
    variableValues,
    fieldResolver: (source: WorldObject | undefined, args: Record<string, unknown>, _context, info) =>
      resolveField(source, args, info, isSubgraph),
    typeResolver: (value: WorldObject) => value.__typename,
  });
}

async function ask(query: string, given: Record<string, unknown>): Promise<FormattedExecutionResult> {
  const prepared = new OperationPreparer().prepare(supergraph, { query });
  if ('errors' in prepared) throw prepared.errors[0];
  const coerced = coerceVariables(prepared, given);
  if ('errors' in coerced) throw coerced.errors[0];
  const scope = { viewer: null, headers: {}, log: createLogger('test', 'silent') };
  return executeOperation(prepared, coerced.variables, services, scope);
}

/** The null that each error explains, by the part of its path that exists in the response. */
function nullsOf({ data, errors }: FormattedExecutionResult): string[] {
  const places = (errors ?? []).map(({ path = [], message }) => {
    let value: unknown = data;
    const place: (string | number)[] = [];
    for (const key of path) {
      if (typeof value !== 'object' || value === null) break;
      value = (value as Record<string | number, unknown>)[key];
      place.push(key);
    }
    const isWhole = place.length === path.length;
    return JSON.stringify([place, value, isWhole ? message : '']);
  });
  return [...new Set(places)].sort();
}

const OPERATIONS = Number(process.env.DIFFERENTIAL_OPERATIONS ?? 400);
const FIRST = Number(process.env.DIFFERENTIAL_FIRST ?? 0);

test(`${OPERATIONS} generated queries`, async () => {
  let count = 0;
  let refused = 0;
  for (let seed = FIRST; count < OPERATIONS; seed++) {
    const { query, variables } = generateOperation(supergraph.apiSchema, seed, 'query', NAMES);
    const document = parse(query);
    if (validate(supergraph.apiSchema, document).length > 0) continue;
    count++;
    const expected = JSON.parse(
      JSON.stringify(await run(supergraph.apiSchema, query, variables, false)),
    ) as FormattedExecutionResult;
    const actual = await ask(query, variables);
    if (actual.errors?.[0]?.extensions?.code === 'LIMIT_EXCEEDED') {
      expect(++refused).toBeLessThan(3); // the planner took too long
      continue;
    }
    const show = (result: FormattedExecutionResult) => ({
      query,
      variables,
      seed,
      data: result.data,
      nulls: nullsOf(result),
    });
    expect(show(actual)).toEqual(show(expected));
  }
});
