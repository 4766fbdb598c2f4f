/**
 * Checks requests against the OpenAPI description of Qdrant 1.19 (qdrant/qdrant, Apache-2.0). Reads the whole description beside this
 * repository if it is there, and otherwise the part of it in `generated/`, which has the requests that our store sends.
 */
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Description {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: object }> } }>>;
  components: object;
}

const PART = join(__dirname, 'generated/qdrant-openapi.json');
const WHOLE = join(__dirname, '../../../../../../../../shared/data/qdrant/openapi.v1.19.json');

/** The reasons for which a request is invalid; empty if it is valid. */
export type CheckRequest = (method: string, path: string, body: unknown) => string[];

let check: CheckRequest | undefined;

/** Compiled once. */
export const requestSchema = (): CheckRequest => (check ??= readSchema());

function readSchema(): CheckRequest {
  const file = existsSync(WHOLE) ? WHOLE : PART;
  const description = strict(JSON.parse(readFileSync(file, 'utf8'))) as Description;
  const ajv = new Ajv({ strict: false, validateFormats: true });
  addFormats.default(ajv);
  for (const format of ['uint', 'uint8', 'uint16', 'uint32', 'uint64'])
    ajv.addFormat(format, { type: 'number', validate: (value: number) => Number.isInteger(value) && value >= 0 });
  ajv.addSchema({ $id: 'qdrant', components: description.components });
  const validators = new Map<string, ValidateFunction>();
  const templates = Object.keys(description.paths).sort((a, b) => variables(a) - variables(b));
  return (method, path, body) => {
    const template = templates.find((candidate) => matches(candidate, path) && description.paths[candidate]?.[method]);
    if (template === undefined) return [`${method} ${path} is not a request of Qdrant`];
    const schema = description.paths[template]![method]!.requestBody?.content['application/json']?.schema;
    if (!schema) return body === undefined ? [] : [`${method} ${path} has a body`];
    const key = `${method} ${template}`;
    let validate = validators.get(key);
    if (!validate) validators.set(key, (validate = ajv.compile(qualified(schema) as AnySchemaObject)));
    return validate(body)
      ? []
      : [`${key}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body).slice(0, 500)}`];
  };
}

const variables = (template: string) => template.split('{').length;

const matches = (template: string, path: string): boolean => {
  const [wanted, given] = [template.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith('{') || part === given[i]);
};

/** OpenAPI 3.0 as JSON Schema. Unknown properties are invalid, though Qdrant would ignore them. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, strict(inner)]));
  if (schema['type'] === 'object' && isObject(schema['properties'])) schema['additionalProperties'] ??= false;
  if (nullable !== true) return schema;
  if (typeof schema['type'] === 'string') return { ...schema, type: [schema['type'], 'null'] };
  return Object.keys(schema).length === 0 ? { type: 'null' } : { anyOf: [schema, { type: 'null' }] };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** References of a part of the description, as references into the whole. */
function qualified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(qualified);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === '$ref' ? `qdrant${String(inner)}` : qualified(inner)]),
  );
}
