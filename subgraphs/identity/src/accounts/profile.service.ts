/** Changes the profiles of accounts. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, unauthenticated } from '@chat/kit/errors';
import { UserEntity } from '../users/user.entity';
import type { UpdateProfileInput } from './account.input';

export class ProfileService {
  /** Changes the given members. @throws BAD_USER_INPUT with `fields` */
  async updateProfile(em: EntityManager, id: string, input: UpdateProfileInput): Promise<UserEntity> {
    const user = await em.findOne(UserEntity, { id, deletedAt: null });
    if (!user) throw unauthenticated('This account no longer exists.');
    if (input.displayName != null) user.displayName = input.displayName.trim();
    if (input.locale !== undefined) user.locale = input.locale && canonicalLocale(input.locale);
    await em.flush();
    return user;
  }
}

function canonicalLocale(tag: string): string {
  try {
    if (tag.length > 100) throw new RangeError('too long');
    const [canonical] = Intl.getCanonicalLocales(tag);
    if (canonical && canonical.length <= 35) return canonical;
  } catch {
    // Reported below.
  }
  throw badUserInput({ locale: 'locale must be a language tag, such as en or de-AT.' });
}
