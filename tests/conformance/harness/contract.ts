/** The operations that third parties send, each as a document of its own: exactly the text of tests/operations/contract. */
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type FieldNode, Kind, type OperationTypeNode, parse, separateOperations } from 'graphql';

const schema = buildSchema(readFileSync(join(REPOSITORY, 'schema/api.graphql'), 'utf8'));

export interface ContractOperation {
  /** The operation and the fragments that it reaches. */
  text: string;
  kind: OperationTypeNode;
  /** The one field that it asks for, by its name in the result. */
  field: string;
}

const operations = new Map<string, ContractOperation>(
  globSync(join(REPOSITORY, 'tests/operations/contract/!(inputs).graphql')).flatMap(read),
);

/** Of all operations that have to work: those that ask for a field which a subgraph has. */
export const operationNames = [...operations.keys()];

/** @throws where the contract has no operation of that name, or none that exists here. */
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
