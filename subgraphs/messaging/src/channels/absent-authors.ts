/**
 * Access of accounts on whose behalf a webhook or a scheduled message acts. Such an act needs the access that the account has at that
 * moment. If an API key made the webhook or the schedule, the key must still be valid.
 */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { isLiveKey, permissionsOfAccount } from '@chat/identity-client/directory/account-standing';
import { isActiveAccount } from '@chat/identity-client/directory/directory';
import type { ChannelAccessReader } from './channel-access.reader';
import { ChannelLoader } from './channel.loader';
import { canSend, moderates, type ChannelAccess } from './channel.rules';

export interface AbsentAuthor {
  accountId: string;
  /** The API key that made the webhook or the schedule; null if the account made it in a session. */
  keyId: string | null;
}

/** The access, or the reason for the refusal. */
export type AbsentAccess = { access: ChannelAccess; refusal?: undefined } | { refusal: string };

/** The API key that a request came with, for {@link AbsentAuthor}. */
export const keyOf = (viewer: Viewer): string | null => (viewer.scope ? viewer.sessionId : null);

/** Assumed while identity's tables do not exist, so that webhooks keep working. */
const UNKNOWN = ['READ', 'WRITE', 'DELETE'];

const NO_CHANNEL = 'The account no longer has access to the channel.';

export class AbsentAuthors {
  constructor(
    private readonly reader: ChannelAccessReader,
    private readonly grants: Grants,
  ) {}

  /** Access for writing in a channel. */
  async writing(em: EntityManager, author: AbsentAuthor, channelId: string): Promise<AbsentAccess> {
    const refusal = await this.ended(em, author);
    return refusal === undefined ? this.access(author, [], channelId, canSend) : { refusal };
  }

  /** The reason why the account may not receive all events of a channel, as its moderators may; undefined if it may. */
  async listeningRefusal(em: EntityManager, author: AbsentAuthor, channelId: string): Promise<string | undefined> {
    const refusal = await this.ended(em, author);
    if (refusal !== undefined) return refusal;
    const permissions = (await permissionsOfAccount(em, author.accountId)) ?? UNKNOWN;
    return (await this.access(author, permissions, channelId, moderates)).refusal;
  }

  /** The reason why the account may not receive events of all public channels and projects; undefined if it may, as administrators may. */
  async administratingRefusal(em: EntityManager, author: AbsentAuthor): Promise<string | undefined> {
    const refusal = await this.ended(em, author);
    if (refusal !== undefined) return refusal;
    const permissions = await permissionsOfAccount(em, author.accountId);
    return permissions === null || permissions.includes('MANAGE')
      ? undefined
      : 'The account is no longer an administrator.';
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
    const channels = new ChannelLoader(this.reader, account, () => this.grants.on(account, 'Channel'));
    const access = await channels.accessChannel(channelId);
    if (!access) return { refusal: NO_CHANNEL };
    const verdict = check(access);
    return verdict === true ? { access } : { refusal: verdict };
  }
}
