/** Refuses ids that no account has, before anything is written for them. */
import type { EntityManager } from '@chat/kit/database/database';
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';

/** @param argument what to call them in the error. @returns the ids in one spelling, each once. @throws BAD_USER_INPUT */
export async function knownAccounts(em: EntityManager, argument: string, ids: readonly string[]): Promise<string[]> {
  if (!ids.every(isId)) throw badUserInput({ [argument]: `${argument} must be ids of accounts.` });
  const userIds = [...new Set(ids.map((id) => id.toLowerCase()))];
  const [unknown] = await unknownAccounts(em, userIds);
  if (unknown !== undefined) throw badUserInput({ [argument]: `There is no account ${unknown}.` });
  return userIds;
}
