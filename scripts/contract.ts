/**
 * `npm run contract`: checks that the operations of third parties stay valid and that their inputs do not become stricter.
 * The operations in tests/operations/contract are a copy of the folder beside this repository, or of `CONTRACT_DIR`. If that folder exists,
 * the copy must be identical. Operations on root fields that do not exist yet are counted and skipped.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildASTSchema,
  buildSchema,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isRequiredInputField,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { read } from './generated-files';
import { ROOT } from './subgraphs';

commandLine({
  command: 'npm run contract --',
  summary: 'Checks that the operations of third parties stay valid. Exits with 1 if one is not.',
  details: 'If CONTRACT_DIR is set, the copy in tests/operations/contract must be identical to that folder.',
});

const folder = join(ROOT, 'tests/operations/contract');
const original = process.env['CONTRACT_DIR'] ?? join(ROOT, '../shared/contract');

const api = buildSchema(read('schema/api.graphql'));
const problems: string[] = [];
let valid = 0;
let ahead = 0;

if (existsSync(original)) compareWithOriginal();
else console.log(`contract: comparing the copy with its original is skipped, there is no ${original}`);

for (const file of graphqlFiles(folder).filter((name) => name !== 'inputs.graphql')) {
  const document = parse(readFileSync(join(folder, file), 'utf8'));
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (!rootFieldsExist(api, definition)) {
      ahead++;
      continue;
    }
    const errors = validate(api, withFragments(document, definition));
    if (errors.length === 0) valid++;
    for (const error of errors) problems.push(`${file}, ${definition.name?.value}: ${error.message}`);
  }
}

compareInputs(parse(readFileSync(join(folder, 'inputs.graphql'), 'utf8')));

for (const problem of problems) console.error(problem);
console.log(`contract: ${valid} operations valid, ${ahead} ahead of us, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

function graphqlFiles(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.endsWith('.graphql'));
}

function compareWithOriginal(): void {
  for (const file of new Set([...graphqlFiles(original), ...graphqlFiles(folder)])) {
    const [theirs, ours] = [original, folder].map((dir) => {
      const path = join(dir, file);
      return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    });
    if (ours !== theirs) problems.push(`${file} in tests/operations/contract is not the one in ${original}`);
  }
}

function rootFieldsExist(schema: GraphQLSchema, operation: OperationDefinitionNode): boolean {
  const fields = schema.getRootType(operation.operation)?.getFields() ?? {};
  return operation.selectionSet.selections.every(
    (selection) =>
      selection.kind === Kind.FIELD && (selection.name.value in fields || selection.name.value.startsWith('__')),
  );
}

/** The operation with the fragments that it reaches. Validation would report others as unused. */
function withFragments(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  const reached = new Set<string>();
  const follow = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(follow);
    if (typeof node !== 'object' || node === null) return;
    const { kind, name } = node as { kind?: string; name?: { value: string } };
    if (kind === Kind.FRAGMENT_SPREAD && name && !reached.has(name.value)) {
      reached.add(name.value);
      follow(
        document.definitions.find(
          (other) => other.kind === Kind.FRAGMENT_DEFINITION && other.name.value === name.value,
        ),
      );
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'loc') follow(value);
  };
  follow(operation);
  const definitions = document.definitions.filter(
    (other) => other === operation || (other.kind === Kind.FRAGMENT_DEFINITION && reached.has(other.name.value)),
  );
  return { kind: Kind.DOCUMENT, definitions };
}

/** Optional fields and enum values may be added. Every input that is valid today must stay valid. */
function compareInputs(promised: DocumentNode): void {
  const known = new Set(Object.keys(api.getTypeMap()));
  const names = promised.definitions.flatMap((definition) =>
    'name' in definition && definition.name ? [definition.name.value] : [],
  );
  const scalars = ['DateTime', 'JSON', 'Upload']
    .filter((name) => !names.includes(name))
    .map((name) => `scalar ${name}`);
  const schema = buildASTSchema(
    {
      kind: Kind.DOCUMENT,
      definitions: [...promised.definitions, ...parse(`type Query { ok: Boolean } ${scalars.join(' ')}`).definitions],
    },
    { assumeValidSDL: true },
  );
  for (const name of names.filter((candidate) => known.has(candidate))) {
    const theirs = schema.getType(name);
    const ours = api.getType(name);
    if (isEnumType(theirs) && isEnumType(ours)) {
      const values = new Set(ours.getValues().map((value) => value.name));
      for (const value of theirs.getValues())
        if (!values.has(value.name)) problems.push(`${name}.${value.name} is missing`);
    } else if (isInputObjectType(theirs) && isInputObjectType(ours)) {
      const fields = ours.getFields();
      for (const field of Object.values(theirs.getFields())) {
        const our = fields[field.name];
        if (!our) problems.push(`${name}.${field.name} is missing`);
        else if (shape(our.type) !== shape(field.type))
          problems.push(`${name}.${field.name} is ${String(our.type)}, not ${String(field.type)}`);
        else if (isRequiredInputField(our) && !isRequiredInputField(field))
          problems.push(`${name}.${field.name} has become required`);
      }
      for (const our of Object.values(fields)) {
        if (isRequiredInputField(our) && !(our.name in theirs.getFields()))
          problems.push(`${name}.${our.name} is required and not in the contract`);
      }
    } else if (theirs && ours && theirs.constructor !== ours.constructor)
      problems.push(`${name} is another kind of type`);
  }
}

/** A type without its exclamation marks. */
function shape(type: GraphQLInputType): string {
  return String(type).replaceAll('!', '');
}
