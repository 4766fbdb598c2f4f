/** The operations of third parties, one document each, with the exact text of tests/operations/contract. */
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type FieldNode, Kind, type OperationTypeNode, parse, separateOperations } from 'graphql';

const schema = buildSchema(readFileSync(join(REPOSITORY, 'schema/api.graphql'), 'utf8'));

export interface ContractOperation {
  /** The operation with its fragments. */
  text: string;
  kind: OperationTypeNode;
  /** The name of its one root field in the result. */
  field: string;
}

const operations = new Map<string, ContractOperation>(
  globSync(join(REPOSITORY, 'tests/operations/contract/!(inputs).graphql')).flatMap(read),
);

/** The names of all operations with a root field that exists in a subgraph. */
export const operationNames = [...operations.keys()];

/** @throws if the contract has no such operation, or if no subgraph has its root field */
export function contractOperation(name: string): ContractOperation {
  const operation = operations.get(name);
  if (!operation) throw new Error(`The contract has no operation ${name}.`);
  return operation;
}

function read(file: string): [string, ContractOperation][] {
  const source = readFileSync(file, 'utf8');
  const found = Object.entries(separateOperations(parse(source))).map(([name, { definitions }]) => {
    const text = definitions.map(({ loc }) => source.slice(loc!.start, loc!.end)).join('\n');
    const { operation, selectionSet } = definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)!;
    const field = (selectionSet.selections[0] as FieldNode).name.value;
    return [name, { text, kind: operation, field }] as [string, ContractOperation];
  });
  return found.filter(([, { kind, field }]) => field in (schema.getRootType(kind)?.getFields() ?? {}));
}
