/** Validation of account ids. */
import type { EntityManager } from '@chat/kit/database/database';
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';

/** @param argument the argument that the error names. @returns the ids in lower case, without duplicates. @throws BAD_USER_INPUT if an account does not exist */
export async function knownAccounts(em: EntityManager, argument: string, ids: readonly string[]): Promise<string[]> {
  if (!ids.every(isId)) throw badUserInput({ [argument]: `${argument} must be account ids.` });
  const userIds = [...new Set(ids.map((id) => id.toLowerCase()))];
  const [unknown] = await unknownAccounts(em, userIds);
  if (unknown !== undefined) throw badUserInput({ [argument]: `There is no account ${unknown}.` });
  return userIds;
}
