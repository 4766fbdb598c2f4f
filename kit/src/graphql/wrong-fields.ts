/** Collects the wrong fields of a request, so that one BAD_USER_INPUT names them all. Holds no rules. */
import { ApiError, badUserInput } from '../errors';

/** Each wrong argument or input field, with the reason. */
export type WrongFields = Readonly<Record<string, string>>;

/**
 * Runs all checks in order and returns their results.
 * @throws one BAD_USER_INPUT with the fields of every check that throws one; the first reason for a field counts. Any other error at once
 */
export async function checkAll<Checks extends readonly (() => unknown)[]>(
  ...checks: Checks
): Promise<{ [Index in keyof Checks]: Awaited<ReturnType<Checks[Index]>> }> {
  const results: unknown[] = [];
  const wrong: WrongFields[] = [];
  for (const check of checks) {
    try {
      results.push(await check());
    } catch (error) {
      wrong.push(wrongFieldsOf(error));
    }
  }
  refuseWrong(...wrong);
  return results as never;
}

/** @throws BAD_USER_INPUT if a field is wrong. If several name one field, the first reason counts. */
export function refuseWrong(...wrong: readonly WrongFields[]): void {
  const fields = Object.assign({}, ...wrong, ...wrong.toReversed()) as Record<string, string>;
  if (Object.keys(fields).length > 0) throw badUserInput(fields);
}

/** The fields that a check refuses; empty if it passes. @throws any other error than BAD_USER_INPUT */
export function wrongFieldsIn(check: () => void): WrongFields {
  try {
    check();
    return {};
  } catch (error) {
    return wrongFieldsOf(error);
  }
}

/** The fields of a BAD_USER_INPUT. @throws any other error */
function wrongFieldsOf(error: unknown): WrongFields {
  if (isBadUserInput(error)) return fieldsOf(error);
  throw error;
}

const isBadUserInput = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 'BAD_USER_INPUT';

const fieldsOf = ({ extensions }: ApiError): WrongFields => extensions['fields'] as WrongFields;

type InputCheck = (input: never, context: never) => unknown;

const furtherChecks = new WeakMap<object, InputCheck>();

/**
 * Class decorator for an input with rules that decorators cannot hold, because they depend on settings or stored data. The service
 * enforces such a rule. `check` repeats it for an input that is refused anyway, so that the refusal names these fields as well; it
 * throws BAD_USER_INPUT as the service does, and any other error is ignored.
 */
export const FurtherChecks =
  <Input extends object, Context>(check: (input: Input, context: Context) => unknown) =>
  (target: abstract new () => Input): void =>
    void furtherChecks.set(target, check);

/** The wrong fields of an input by its {@link FurtherChecks}. */
export async function furtherWrongFields(input: object, context: unknown): Promise<WrongFields> {
  try {
    await furtherChecks.get(input.constructor)?.(input as never, context as never);
    return {};
  } catch (error) {
    return isBadUserInput(error) ? fieldsOf(error) : {};
  }
}
