/**
 * Access of accounts that are away while something is done in their name: by a webhook, or by a message that was scheduled.
 * They may do then what they might do themselves, and no more than the API key that arranged it, if one did.
 */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { isLiveKey, permissionsOfAccount } from '@chat/identity-client/directory/account-standing';
import { isActiveAccount } from '@chat/identity-client/directory/directory';
import type { ChannelAccessReader } from './channel-access.reader';
import { grantedOnChannels } from './channel.grants';
import { ChannelLoader } from './channel.loader';
import { canSend, moderates, type ChannelAccess } from './channel.rules';

export interface AbsentAuthor {
  accountId: string;
  /** The API key that arranged it; null if the account did so in person. */
  keyId: string | null;
}

/** The access that was asked for, or why there is none. */
export type AbsentAccess = { access: ChannelAccess; refusal?: undefined } | { refusal: string };

/** The API key that a request came with, for {@link AbsentAuthor}. */
export const keyOf = (viewer: Viewer): string | null => (viewer.scope ? viewer.sessionId : null);

/** As long as identity has no tables, a webhook is not stopped for what they might say. */
const UNKNOWN = ['READ', 'WRITE', 'DELETE'];

const NO_CHANNEL = 'The channel is no longer there for the account.';

export class AbsentAuthors {
  constructor(
    private readonly reader: ChannelAccessReader,
    private readonly grants: Grants,
  ) {}

  /** For writing in a channel. */
  async writing(em: EntityManager, author: AbsentAuthor, channelId: string): Promise<AbsentAccess> {
    const refusal = await this.ended(em, author);
    return refusal === undefined ? this.access(author, [], channelId, canSend) : { refusal };
  }

  /** Why the account may no longer hear all that a channel says, as its moderators may; undefined while it may. */
  async listeningRefusal(em: EntityManager, author: AbsentAuthor, channelId: string): Promise<string | undefined> {
    const refusal = await this.ended(em, author);
    if (refusal !== undefined) return refusal;
    const permissions = (await permissionsOfAccount(em, author.accountId)) ?? UNKNOWN;
    return (await this.access(author, permissions, channelId, moderates)).refusal;
  }

  /** Why the account may no longer hear of all public channels and projects, as administrators may; undefined while it may. */
  async administratingRefusal(em: EntityManager, author: AbsentAuthor): Promise<string | undefined> {
    const refusal = await this.ended(em, author);
    if (refusal !== undefined) return refusal;
    const permissions = await permissionsOfAccount(em, author.accountId);
    return permissions === null || permissions.includes('MANAGE')
      ? undefined
      : 'The account is no administrator any more.';
  }

  private async ended(em: EntityManager, { accountId, keyId }: AbsentAuthor): Promise<string | undefined> {
    if (!(await isActiveAccount(em, accountId))) return 'The account is no longer active.';
    if (keyId !== null && !(await isLiveKey(em, keyId))) return 'The API key that made it was revoked or has expired.';
    return undefined;
  }

  private async access(
    { accountId: id }: AbsentAuthor,
    permissions: readonly string[],
    channelId: string,
    check: (access: ChannelAccess) => true | string,
  ): Promise<AbsentAccess> {
    const account = { id, permissions };
    const channels = new ChannelLoader(this.reader, account, () => grantedOnChannels(this.grants, account));
    const access = await channels.accessChannel(channelId);
    if (!access) return { refusal: NO_CHANNEL };
    const verdict = check(access);
    return verdict === true ? { access } : { refusal: verdict };
  }
}
