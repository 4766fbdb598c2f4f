/** Shares files with accounts. Access is in file.policy.ts. */
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import type { FileEntity } from './file.entity';
import type { Permission } from './permission.enum';

export class FileSharing {
  /** @param announce tells gateways that the access of an account has changed */
  constructor(private readonly announce: (userId: string) => Promise<void>) {}

  /** A later share of the same account replaces an earlier one. @throws BAD_USER_INPUT if there is no such account */
  async shareFile(
    em: EntityManager,
    { id, ownerId }: FileEntity,
    userId: string,
    permission: Permission,
  ): Promise<void> {
    const account = userId.toLowerCase();
    if (!isId(account) || (await unknownAccounts(em, [account])).length > 0)
      throw badUserInput({ userId: 'There is no account with this id.' });
    if (account === ownerId) throw badUserInput({ userId: 'The file belongs to this account.' });
    await em.execute(
      `insert into files.shares (file_id, user_id, permission) values (?, ?, ?)
       on conflict (file_id, user_id) do update set permission = excluded.permission`,
      [id, account, permission],
    );
    // If Redis does not answer, open subscriptions learn of it by themselves.
    await this.announce(account).catch(() => undefined);
  }
}
