/** Sets and clears the status text of accounts. PostgreSQL stores it; presence announces each change. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, unauthenticated } from '@chat/kit/errors';
import { checkAll } from '@chat/kit/graphql/wrong-fields';
import type { PresenceService } from '../presence/presence.service';
import { UserEntity } from '../users/user.entity';
import type { SetStatusInput } from './status.input';
import type { UserStatus } from './status.type';

const YEAR_MS = 365 * 86_400_000;

/** One grapheme cluster that is shown as an emoji. */
const EMOJI = /^\p{RGI_Emoji}$/v;

export const isEmoji = (text: string): boolean => EMOJI.test(text);

export class StatusService {
  constructor(private readonly presence: PresenceService) {}

  /** Replaces the status. @throws BAD_USER_INPUT with all wrong fields */
  async setStatus(em: EntityManager, userId: string, input: SetStatusInput): Promise<UserEntity> {
    await this.checkStatus(input);
    const { text, emoji, expiresAt } = input;
    return this.save(em, userId, {
      statusText: text?.trim() ?? '',
      statusEmoji: emoji ?? null,
      statusExpiresAt: expiresAt ?? null,
    });
  }

  /** Idempotent. */
  clearStatus(em: EntityManager, userId: string): Promise<UserEntity> {
    return this.save(em, userId, { statusText: null, statusEmoji: null, statusExpiresAt: null });
  }

  /** @throws BAD_USER_INPUT with all wrong fields */
  async checkStatus({ text, emoji, expiresAt }: SetStatusInput): Promise<void> {
    await checkAll(
      () => {
        if (!text?.trim() && emoji == null)
          throw badUserInput({ text: 'Give a text or an emoji, or clear the status.' });
      },
      () => {
        if (emoji != null && !isEmoji(emoji)) throw badUserInput({ emoji: 'emoji must be exactly one emoji.' });
      },
      () => {
        const ahead = expiresAt ? expiresAt.getTime() - Date.now() : 1;
        if (!(ahead > 0)) throw badUserInput({ expiresAt: 'expiresAt must be in the future.' });
        if (ahead > YEAR_MS) throw badUserInput({ expiresAt: 'expiresAt must be at most a year ahead.' });
      },
    );
  }

  private async save(
    em: EntityManager,
    id: string,
    status: Pick<UserEntity, 'statusText' | 'statusEmoji' | 'statusExpiresAt'>,
  ): Promise<UserEntity> {
    const user = await em.findOne(UserEntity, { id, deletedAt: null });
    if (!user) throw unauthenticated('This account no longer exists.');
    Object.assign(user, status);
    await em.flush();
    await this.presence.statusChanged(id, status.statusExpiresAt);
    return user;
  }
}

/** The status of an account; null if it has none or the status has expired. */
export function statusOf({ statusText, statusEmoji, statusExpiresAt }: UserEntity): UserStatus | null {
  if (statusText === null || (statusExpiresAt && statusExpiresAt <= new Date())) return null;
  return { text: statusText, emoji: statusEmoji, expiresAt: statusExpiresAt };
}
