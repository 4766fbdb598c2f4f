/**
 * Random operations, executed by our executor and by stock @apollo/gateway over the same subgraphs: the same answers, errors
 * in the same places. `SEED` and `RUNS` look for more than the usual ones.
 */
import { ApolloGateway } from '@apollo/gateway';
import fc from 'fast-check';
import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  parse,
  print,
  validate,
  visit,
  type FieldNode,
  type FormattedExecutionResult,
  type InlineFragmentNode,
} from 'graphql';
import { createLogger } from '@chat/kit/logging';
import { executeOperation } from '../../gateway/src/execution/executor';
import { coerceVariables } from '../../gateway/src/planning/coerce-variables';
import { OperationPreparer } from '../../gateway/src/planning/prepare';
import { Supergraph } from '../../gateway/src/supergraph/supergraph';
import { composeLocally } from '../../gateway/src/testing/local-subgraphs';
import { SHOP } from '../../gateway/src/testing/shop';
import { randomOperation, type RandomOperation } from './random-operation';

process.env.APOLLO_TELEMETRY_DISABLED = 'true';

const { sdl, services } = composeLocally(SHOP);
const supergraph = new Supergraph(sdl);
const preparer = new OperationPreparer();
const log = createLogger('test', 'silent');
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let executeByStock: (operation: RandomOperation) => Promise<FormattedExecutionResult>;

beforeAll(async () => {
  const gateway = new ApolloGateway({
    supergraphSdl: sdl,
    logger: silent,
    buildService: ({ name }) => ({
      process: ({ request: { query, variables, operationName } }) =>
        services.get(name)!.execute({ query: query!, variables, operationName }, { headers: {} }),
    }),
  });
  const { executor, schema } = await gateway.load();
  executeByStock = async ({ query, variables }) => {
    const document = parse(query);
    const request = { query, variables };
    const context = {
      request,
      document,
      schema,
      source: query,
      queryHash: query,
      operationName: 'Random',
      metrics: {},
    };
    return JSON.parse(JSON.stringify(await executor({ ...context, logger: silent, context: {} } as never)));
  };
});

async function executeByUs({ query, variables }: RandomOperation): Promise<FormattedExecutionResult> {
  const prepared = preparer.prepare(supergraph, { query });
  if ('errors' in prepared) throw prepared.errors[0];
  const coerced = coerceVariables(prepared, variables);
  if ('errors' in coerced) throw coerced.errors[0];
  return executeOperation(prepared, coerced.variables, services, { viewer: null, headers: {}, log });
}

/**
 * The objects that errors are in. The field itself is left out: if several non-null fields of an object are null, the order of
 * the subgraph's query decides which one is reported, and stock orders differently. List positions are left out because stock
 * counts wrongly if some items have no entity; ours are checked against the data. Stock reports nulls that break the schema in an
 * extension.
 */
function placesOf({ errors, extensions }: FormattedExecutionResult): string[] {
  const completion = (extensions?.valueCompletion ?? []) as NonNullable<FormattedExecutionResult['errors']>;
  const places = [...(errors ?? []), ...completion].map(({ path }) =>
    JSON.stringify(path?.slice(0, -1).map((element) => (typeof element === 'number' ? '#' : element)) ?? null),
  );
  return [...new Set(places)].sort();
}

/** Whether an error's path leads to where nothing is: a null, or a field that only the plan needed. */
function leadsNowhere(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const element of path) {
    if (value == null) return true;
    value = (value as Record<string | number, unknown>)[element];
  }
  return value == null;
}

/**
 * The operation after its `@skip` and `@include` are evaluated: if a condition excludes a field that others require, stock drops
 * these too. Undefined if a selection set would be empty, which stock answers with null; gateway/src/planning/differential.test.ts
 * compares such operations with graphql-js.
 */
function withoutConditions({ query, variables }: RandomOperation): RandomOperation | undefined {
  const select = (node: FieldNode | InlineFragmentNode) => {
    if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return null;
    if (getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if === false) return null;
    const directives = node.directives?.filter(({ name }) => name.value !== 'skip' && name.value !== 'include');
    return { ...node, directives };
  };
  let isEmpty = false;
  const document = visit(visit(parse(query), { Field: select, InlineFragment: select }), {
    SelectionSet: ({ selections }) => void (isEmpty ||= selections.length === 0),
  });
  return isEmpty ? undefined : { query: print(document), variables };
}

test('the same answers as stock @apollo/gateway', async () => {
  const decisions = fc.array(fc.nat(1000), { minLength: 5, maxLength: 200, size: 'max' });
  await fc.assert(
    fc.asyncProperty(decisions, async (given) => {
      const operation = randomOperation(supergraph.apiSchema, given);
      fc.pre(validate(supergraph.apiSchema, parse(operation.query)).length === 0);
      // Stock forgets an object's type if the fields of an interface object are merged into it.
      fc.pre(!/\b(likes|fans)\b/.test(operation.query));
      const unconditional = withoutConditions(operation);
      fc.pre(unconditional !== undefined);
      const [ours, stock] = await Promise.all([executeByUs(operation), executeByStock(unconditional)]);
      // Stock merges fragments before it shapes, which changes the order of fields: hence values and not texts.
      expect({ operation, data: ours.data }).toEqual({ operation, data: stock.data });
      // Next to errors of subgraphs, stock keeps silent about nulls that break the schema.
      const [places, expected] = [placesOf(ours), placesOf(stock)];
      const compared = stock.errors ? places.filter((place) => expected.includes(place)) : places;
      expect({ operation, places: compared }).toEqual({ operation, places: expected });
      for (const { path } of ours.errors ?? []) if (path) expect(leadsNowhere(ours.data, path)).toBe(true);
    }),
    { numRuns: Number(process.env.RUNS ?? 300), seed: Number(process.env.SEED ?? 1) },
  );
}, 120_000);
