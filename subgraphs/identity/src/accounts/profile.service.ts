/** Changes the profiles of accounts. */
import type { EntityManager } from '@chat/kit/database/database';
import { unauthenticated } from '@chat/kit/errors';
import { UserEntity } from '../users/user.entity';
import type { UpdateProfileInput } from './account.input';
import { canonicalLocale } from './locale';

export class ProfileService {
  /** Changes the given members. */
  async updateProfile(em: EntityManager, id: string, input: UpdateProfileInput): Promise<UserEntity> {
    const user = await em.findOne(UserEntity, { id, deletedAt: null });
    if (!user) throw unauthenticated('This account no longer exists.');
    if (input.displayName != null) user.displayName = input.displayName.trim();
    if (input.locale !== undefined) user.locale = input.locale ? canonicalLocale(input.locale)! : null;
    if (input.avatarUrl !== undefined) user.avatarUrl = input.avatarUrl ? new URL(input.avatarUrl).href : null;
    await em.flush();
    return user;
  }
}
