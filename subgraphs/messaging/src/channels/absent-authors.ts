/** For what is written in somebody's name while they are not asking for it: later, or by a program. Held to what the account may now. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { EntityManager } from '@chat/kit/database/database';
import { isActiveAccount } from '@chat/identity-client/directory/directory';
import type { ChannelAccessReader } from './channel-access.reader';
import { grantedOnChannels } from './channel.grants';
import { ChannelLoader } from './channel.loader';
import { canSend, type ChannelAccess } from './channel.rules';

export class AbsentAuthors {
  constructor(
    private readonly reader: ChannelAccessReader,
    private readonly grants: Grants,
  ) {}

  /** What the account needs for writing in a channel, or why it may not. */
  async writing(
    em: EntityManager,
    accountId: string,
    channelId: string,
  ): Promise<{ access: ChannelAccess; refusal?: undefined } | { refusal: string }> {
    if (!(await isActiveAccount(em, accountId))) return { refusal: 'The account is no longer active.' };
    const account = { id: accountId, permissions: [] };
    const channels = new ChannelLoader(this.reader, account, () => grantedOnChannels(this.grants, account));
    const access = await channels.accessChannel(channelId);
    if (!access) return { refusal: 'The channel is no longer there for the account.' };
    const verdict = canSend(access);
    return verdict === true ? { access } : { refusal: verdict };
  }
}
