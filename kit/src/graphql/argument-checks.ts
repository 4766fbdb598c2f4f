/** Joins the checks of all arguments of a field, which type-graphql runs apart, so that one error names all wrong ones. */
import { refuseWrong, type WrongFields } from './wrong-fields';

/** The check of one argument. */
export interface ArgumentCheck {
  wrong: Promise<WrongFields>;
  /** Finds further wrong fields. Runs only if an argument of the same field is wrong. */
  further?: () => Promise<WrongFields>;
}

/** type-graphql passes the same object to the checks of all arguments of one field. */
const checksOf = new WeakMap<object, ArgumentCheck[]>();

/**
 * Call it synchronously from a `validateFn`; an argument that is right and has nothing to find further need not.
 * @throws BAD_USER_INPUT with the fields of all arguments, if one of them is wrong
 */
export async function checkArgument(field: object, check: ArgumentCheck): Promise<void> {
  const checks = checksOf.get(field) ?? [];
  checksOf.set(field, checks);
  checks.push(check);
  await Promise.resolve(); // the checks of the other arguments have begun by now
  const wrong = await Promise.all(checks.map((one) => one.wrong));
  if (wrong.every((fields) => Object.keys(fields).length === 0)) return;
  refuseWrong(...wrong, ...(await Promise.all(checks.map(async (one) => (await one.further?.()) ?? {}))));
}
