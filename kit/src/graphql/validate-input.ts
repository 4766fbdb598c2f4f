/** Checks every input object against its class-validator decorators, and names all wrong fields in one BAD_USER_INPUT. */
import { validate, type ValidationError } from 'class-validator';
import { badUserInput } from '../errors';

/** type-graphql's `validateFn`: called for each argument that is an object or a list of objects. */
export async function validateInput(value: unknown): Promise<void> {
  if (Array.isArray(value)) {
    for (const item of value) await validateInput(item);
    return;
  }
  if (typeof value !== 'object' || value === null || value.constructor === Object || value instanceof Date) return;
  const problems = await validate(value, { skipMissingProperties: true, forbidUnknownValues: false });
  if (problems.length > 0) throw badUserInput(fieldsOf(problems));
}

function fieldsOf(problems: ValidationError[], prefix = ''): Record<string, string> {
  return Object.assign(
    {},
    ...problems.map((problem) => ({
      ...(problem.constraints && { [prefix + problem.property]: `${Object.values(problem.constraints).join(', ')}.` }),
      ...fieldsOf(problem.children ?? [], `${prefix}${problem.property}.`),
    })),
  ) as Record<string, string>;
}
