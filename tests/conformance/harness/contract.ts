/** The operations that third parties send, each as a document of its own: exactly the text of tests/operations/contract. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type FieldNode, Kind, type OperationTypeNode, parse, separateOperations } from 'graphql';

const FOLDER = resolve(__dirname, '../../operations/contract');

/** The subgraphs that exist; the operations of the others come with them. */
const FILES = ['identity', 'messaging'];

/** Operations in these files that no subgraph answers yet. */
const NOT_YET = ['AskAssistant', 'AssistantStatus', 'EmotionOf'];

export interface ContractOperation {
  /** The operation and the fragments that it reaches. */
  text: string;
  kind: OperationTypeNode;
  /** The one field that it asks for, by its name in the result. */
  field: string;
}

const operations = new Map<string, ContractOperation>(FILES.flatMap(read));

/** Of all operations that have to work. */
export const operationNames = [...operations.keys()];

/** @throws where the contract has no operation of that name, or none that exists here. */
export function contractOperation(name: string): ContractOperation {
  const operation = operations.get(name);
  if (!operation) throw new Error(`The contract has no operation ${name}.`);
  return operation;
}

function read(file: string): [string, ContractOperation][] {
  const source = readFileSync(resolve(FOLDER, `${file}.graphql`), 'utf8');
  return Object.entries(separateOperations(parse(source)))
    .filter(([name]) => !NOT_YET.includes(name))
    .map(([name, { definitions }]) => {
      const text = definitions.map(({ loc }) => source.slice(loc!.start, loc!.end)).join('\n');
      const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
      const field = operation.selectionSet.selections[0] as FieldNode;
      return [name, { text, kind: operation.operation, field: field.name.value }];
    });
}
