/** The schema of a plugin's configuration: a small part of JSON Schema, without references and expressions, and its validation. */
import { z } from 'zod';

const text = z.string().max(500);

const scalar = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string'),
    title: text.optional(),
    description: text.optional(),
    default: z.string().max(10_000).optional(),
    enum: z.array(text).min(1).max(100).optional(),
    minLength: z.int().min(0).optional(),
    maxLength: z.int().min(0).max(10_000).optional(),
  }),
  z.strictObject({
    type: z.enum(['number', 'integer']),
    title: text.optional(),
    description: text.optional(),
    default: z.number().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  }),
  z.strictObject({
    type: z.literal('boolean'),
    title: text.optional(),
    description: text.optional(),
    default: z.boolean().optional(),
  }),
]);

const property = z.union([
  scalar,
  z.strictObject({
    type: z.literal('array'),
    title: text.optional(),
    description: text.optional(),
    items: scalar,
    default: z
      .array(z.union([z.string().max(10_000), z.number(), z.boolean()]))
      .max(1_000)
      .optional(),
    maxItems: z.int().min(0).max(1_000).optional(),
  }),
]);

export const configSchema = z.strictObject({
  $schema: text.optional(),
  type: z.literal('object'),
  title: text.optional(),
  description: text.optional(),
  properties: z.record(z.string().regex(/^[A-Za-z]\w{0,63}$/), property),
  required: z.array(z.string()).max(100).optional(),
  additionalProperties: z.literal(false).optional(),
});

export type ConfigSchema = z.output<typeof configSchema>;
type Property = z.output<typeof property>;

export type Config = Record<string, unknown>;

/** The values of a schema's defaults. */
export const defaultsOf = ({ properties }: ConfigSchema): Config =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])),
  );

/** The reason for each wrong or unknown property by name, in words for the administrator; empty if there is none. */
export function configProblems({ properties, required = [] }: ConfigSchema, config: Config): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const name of Object.keys(config))
    if (!Object.hasOwn(properties, name)) problems[name] = `The plugin has no setting ${name}.`;
  for (const name of required) if (config[name] === undefined) problems[name] = `${name} is required.`;
  for (const [name, schema] of Object.entries(properties)) {
    const problem = config[name] === undefined ? undefined : problemOf(schema, config[name]);
    if (problem) problems[name] = `${name} ${problem}.`;
  }
  return problems;
}

function problemOf(schema: Property, value: unknown): string | undefined {
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return 'must be text';
      if (schema.enum && !schema.enum.includes(value)) return `must be one of ${schema.enum.join(', ')}`;
      if (value.length < (schema.minLength ?? 0)) return `must have at least ${schema.minLength} characters`;
      return value.length > (schema.maxLength ?? 10_000)
        ? `must have at most ${schema.maxLength ?? 10_000} characters`
        : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'array': {
      if (!Array.isArray(value)) return 'must be a list';
      if (value.length > (schema.maxItems ?? 1_000)) return `must have at most ${schema.maxItems ?? 1_000} items`;
      const problem = value.map((item) => problemOf(schema.items, item)).find(Boolean);
      return problem && `has an item that ${problem}`;
    }
    default:
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
      if (schema.type === 'integer' && !Number.isInteger(value)) return 'must be a whole number';
      if (value < (schema.minimum ?? -Infinity)) return `must be at least ${schema.minimum}`;
      return value > (schema.maximum ?? Infinity) ? `must be at most ${schema.maximum}` : undefined;
  }
}
