/** The cost of real operations over the real supergraph: ordinary ones stay well below the limit, and page sizes multiply. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse, print, separateOperations, type DocumentNode } from 'graphql';
import { unsizedLists } from '@chat/kit/graphql/list-sizes';
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { gatewayVariables } from '../../gateway/src/config';
import { compileCost, type Variables } from '../../gateway/src/limits/operation-cost';
import { OperationPreparer } from '../../gateway/src/planning/prepare';
import { Supergraph } from '../../gateway/src/supergraph/supergraph';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');
const supergraph = new Supergraph(read('schema/supergraph.graphql'));
const preparer = new OperationPreparer();
const LIMIT = gatewayVariables.shape.MAX_COST.parse(undefined);
const DEFAULT_LIST_SIZE = gatewayVariables.shape.DEFAULT_LIST_SIZE.parse(undefined);
const LARGEST_PAGE = 100;

function costOf(query: string, variables: Variables = {}): number {
  const prepared = preparer.prepare(supergraph, { query });
  if ('errors' in prepared) throw new Error(prepared.errors[0]!.message);
  return compileCost(prepared, DEFAULT_LIST_SIZE)(variables);
}

/** Operations by name, without those of future root fields. */
function operationsIn(folder: string): Map<string, DocumentNode> {
  const operations = new Map<string, DocumentNode>();
  for (const file of readdirSync(join(REPOSITORY, folder))) {
    if (!file.endsWith('.graphql') || file === 'inputs.graphql') continue;
    const separate = separateOperations(parse(read(`${folder}/${file}`)));
    for (const [name, document] of Object.entries(separate)) if (isThere(document)) operations.set(name, document);
  }
  return operations;
}

function isThere({ definitions }: DocumentNode): boolean {
  return definitions.every((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return true;
    const fields = supergraph.apiSchema.getRootType(definition.operation)!.getFields();
    return definition.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && selection.name.value in fields,
    );
  });
}

/** Variables with the largest page for each size. */
function withLargestPages(document: DocumentNode): Variables {
  const variables: Record<string, unknown> = {};
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION)
      for (const { variable } of definition.variableDefinitions ?? [])
        if (['first', 'last'].includes(variable.name.value)) variables[variable.name.value] = LARGEST_PAGE;
  return variables;
}

test.each(['tests/operations', 'tests/operations/contract'])(
  'operations in %s cost at most half of the limit',
  (folder) => {
    const costs = [...operationsIn(folder)].map(([name, document]) => {
      const query = print(document);
      return { name, byDefault: costOf(query), largest: costOf(query, withLargestPages(document)) };
    });
    costs.sort((a, b) => b.largest - a.largest);
    const rows = costs.map(({ name, byDefault, largest }) => `${name.padEnd(28)}${byDefault}\t${largest}`);
    process.stdout.write(
      `Cost in ${folder} (limit ${LIMIT}), by default and with the largest pages:\n${rows.join('\n')}\n`,
    );
    expect(costs.length).toBeGreaterThan(5);
    for (const { name, largest } of costs) expect([name, largest <= LIMIT / 2]).toEqual([name, true]);
  },
);

test('nested pages multiply', () => {
  const nested = (size: string) =>
    `{ channels(first: ${size}) { edges { node { messages(first: ${size}) { edges { node { replies(first: ${size}) { edges { node { id } } } } } } } } } }`;
  const cost = (size: number) => 1 + size * (2 + 1 + size * (2 + 1 + size * 2));
  expect(costOf(nested('1'))).toBe(cost(1));
  expect(costOf(nested('100'))).toBe(cost(100));
  expect(cost(100)).toBeGreaterThan(LIMIT);
});

const PAGED = (argument: string) => `{ users${argument} { edges { node { id } } } }`;

test.each([
  ['', 20],
  ['(first: 5)', 5],
  ['(last: 7)', 7],
  ['(first: null)', 20],
  ['(first: null, last: 4)', 4],
  ['(first: -1)', 20],
  ['(first: -1000000, last: 3)', 3],
  ['(first: 0)', 0],
  ['(first: 100, last: 2)', 100],
])('users%s counts as %d', (argument, items) => expect(costOf(PAGED(argument))).toBe(1 + 2 * items));

test.each([
  [{}, 20],
  [{ first: 5 }, 5],
  [{ last: 7 }, 7],
  [{ first: null }, 20],
  [{ first: null, last: 4 }, 4],
  [{ first: -1 }, 20],
  [{ first: -5, last: 3 }, 3],
])('users with variables %j counts as %d', (variables, items) => {
  const query = `query ($first: Int, $last: Int) ${PAGED('(first: $first, last: $last)')}`;
  expect(costOf(query, variables)).toBe(1 + 2 * items);
});

test('a negative page size does not lower the cost of its fields', () => {
  const query = (size: number) => `{ users(first: ${size}) { edges { node { sessions { id } } } } }`;
  expect(costOf(query(-1))).toBe(costOf(query(20)));
});

test('members count by their default size', () => {
  const members = (argument: string) => costOf(`{ channel(id: "1") { members${argument} { user { id } } } }`);
  expect(members('')).toBe(1 + 1000 * 2);
  expect(members('(first: 10)')).toBe(1 + 10 * 2);
});

test('every connection takes its size from its arguments, and every other list declares one', () => {
  expect(unsizedLists(parse(read('schema/supergraph.graphql')))).toEqual([]);
  for (const type of Object.values(supergraph.apiSchema.getTypeMap())) {
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (!/Connection!?$/.test(String(field.type))) continue;
      const names = (field.args as readonly { name: string }[]).map(({ name }) => name);
      expect([field.name, names]).toEqual([field.name, expect.arrayContaining(['first', 'after', 'last', 'before'])]);
      expect([`${type.name}.${field.name}`, supergraph.costHint(type.name, field.name)]).toEqual([
        `${type.name}.${field.name}`,
        expect.objectContaining({
          slicingArguments: ['first', 'last'],
          assumedSize: 20,
          sizedFields: ['edges'],
          requireOneSlicingArgument: false,
        }),
      ]);
    }
  }
});
