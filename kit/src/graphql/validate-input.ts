/** Checks input objects against their class-validator decorators, and names all wrong fields of a request in one BAD_USER_INPUT. */
import { validate, type ValidationError } from 'class-validator';
import { checkArgument } from './argument-checks';
import { furtherWrongFields, type WrongFields } from './wrong-fields';

/** type-graphql's `validateFn`, which it calls for each argument. */
export async function validateInput(value: unknown, _type: unknown, field: { context: unknown }): Promise<void> {
  const inputs = inputsIn(value);
  if (inputs.length === 0) return;
  await checkArgument(field, {
    wrong: wrongIn(inputs, wrongFields),
    further: () => wrongIn(inputs, (input) => furtherWrongFields(input, field.context)),
  });
}

interface Input {
  value: object;
  /** Of its fields; empty unless it is one of a list. */
  prefix: string;
}

function inputsIn(value: unknown): Input[] {
  if (!Array.isArray(value)) return isInput(value) ? [{ value, prefix: '' }] : [];
  return value.flatMap((item, index) => (isInput(item) ? [{ value: item, prefix: `${index}.` }] : []));
}

/** Scalars such as dates and JSON are objects, too. */
const isInput = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && value.constructor !== Object && !(value instanceof Date);

async function wrongIn(inputs: Input[], check: (input: object) => Promise<WrongFields>): Promise<WrongFields> {
  const wrong = await Promise.all(
    inputs.map(async ({ value, prefix }) =>
      Object.entries(await check(value)).map(([name, reason]) => [prefix + name, reason] as const),
    ),
  );
  return Object.fromEntries(wrong.flat());
}

const wrongFields = async (input: object): Promise<WrongFields> =>
  fieldsOf(await validate(input, { skipMissingProperties: true, forbidUnknownValues: false }));

function fieldsOf(problems: ValidationError[], prefix = ''): WrongFields {
  return Object.assign(
    {},
    ...problems.map((problem) => ({
      ...(problem.constraints && { [prefix + problem.property]: `${Object.values(problem.constraints).join(', ')}.` }),
      ...fieldsOf(problem.children ?? [], `${prefix}${problem.property}.`),
    })),
  ) as WrongFields;
}
