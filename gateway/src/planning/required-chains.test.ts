/**
 * A random supergraph whose fields require each other across subgraphs is refused when it is loaded, or all its operations
 * are answered with the values that the subgraphs compute from complete requirements. REQUIRED_CHAINS_SEED repeats a run.
 */
import fc from 'fast-check';
import { startLocally } from '../testing/local-execution';

const GRAPHS = ['a', 'b', 'c'] as const;
type Graph = (typeof GRAPHS)[number];

interface Field {
  name: string;
  graph: Graph;
  requires: string[];
}

/** Fields in the order of their dependencies: each may require earlier ones of other subgraphs. */
const fieldsArbitrary = fc
  .array(
    fc.record({
      graph: fc.constantFrom(...GRAPHS),
      steps: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
    }),
    {
      minLength: 3,
      maxLength: 6,
    },
  )
  .map((given) =>
    given.map(({ graph, steps }, index): Field => {
      const earlier = steps.map((step) => index - step).filter((other) => other >= 0 && given[other]!.graph !== graph);
      return { name: `f${index}`, graph, requires: [...new Set(earlier)].map((other) => `f${other}`) };
    }),
  );

/** The value of a field: its name and the values that it was computed from. */
function valueOf(name: string, fields: readonly Field[]): string {
  const { requires } = fields.find((field) => field.name === name)!;
  return `${name}(${requires.map((required) => valueOf(required, fields)).join(',')})`;
}

const entity = () => ({ id: '1' });

function subgraph(graph: Graph, fields: readonly Field[]) {
  const own = fields.filter((field) => field.graph === graph);
  const external = [...new Set(own.flatMap(({ requires }) => requires))].map((name) => `${name}: String @external`);
  const resolved = own.map(
    ({ name, requires }) =>
      `${name}: String ${requires.length > 0 ? `@requires(fields: "${requires.join(' ')}")` : ''}`,
  );
  const compute = ({ name, requires }: Field) => [
    name,
    (given: Record<string, string>) => `${name}(${requires.map((required) => given[required]).join(',')})`,
  ];
  return {
    typeDefs: `type Query { ${graph}: T ${graph}s: [T] }
      type T @key(fields: "id") { id: ID! ${[...external, ...resolved].join(' ')} }`,
    resolvers: {
      Query: { [graph]: entity, [`${graph}s`]: () => [entity()] },
      T: { __resolveReference: (given: object) => given, ...Object.fromEntries(own.map(compute)) },
    },
  };
}

test('a supergraph is refused when it is loaded, or none of its answers lacks a required value', async () => {
  let [answered, refused] = [0, 0];
  const property = fc.asyncProperty(
    fieldsArbitrary,
    fc.array(fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), { minLength: 3, maxLength: 3 }),
    async (fields, selections) => {
      let ask: ReturnType<typeof startLocally>['ask'];
      try {
        ({ ask } = startLocally(Object.fromEntries(GRAPHS.map((graph) => [graph, subgraph(graph, fields)]))));
      } catch (error) {
        expect((error as Error).message).toMatch(/^T\.f\d cannot be planned/);
        refused++;
        return;
      }
      const single = fields.map((_field, index) => [index]);
      for (const indices of [...single, ...selections]) {
        const names = indices.flatMap((index) => fields[index]?.name ?? []);
        if (names.length === 0) continue;
        const value = Object.fromEntries(names.map((name) => [name, valueOf(name, fields)]));
        const selection = `{ ${names.join(' ')} }`;
        const query = `{ ${GRAPHS.map((graph) => `${graph} ${selection} ${graph}s ${selection}`).join(' ')} }`;
        const data = Object.fromEntries(
          GRAPHS.flatMap((graph) => [
            [graph, value],
            [`${graph}s`, [value]],
          ]),
        );
        expect(await ask(query)).toEqual({ data });
        answered++;
      }
    },
  );
  const seed = Number(process.env['REQUIRED_CHAINS_SEED']) || 20_261_128;
  await fc.assert(property, { seed, numRuns: 25, endOnFailure: true });
  expect(answered).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(0);
}, 120_000);
