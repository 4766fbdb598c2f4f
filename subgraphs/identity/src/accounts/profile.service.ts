/** What an account says about itself. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, unauthenticated } from '@chat/kit/errors';
import type { Actor } from '../audit/actor';
import { UserEntity } from '../users/user.entity';
import type { UpdateProfileInput } from './account.input';

export class ProfileService {
  /** Changes what is given. @throws BAD_USER_INPUT with `fields`. */
  async updateProfile(em: EntityManager, input: UpdateProfileInput, actor: Actor): Promise<UserEntity> {
    const user = await em.findOne(UserEntity, { id: actor.id!, deletedAt: null });
    if (!user) throw unauthenticated('This account does not exist any more.');
    if (input.displayName != null) user.displayName = input.displayName.trim();
    if (input.locale !== undefined) user.locale = input.locale && canonicalLocale(input.locale);
    await em.flush();
    return user;
  }
}

function canonicalLocale(tag: string): string {
  try {
    if (tag.length > 100) throw new RangeError('too long to be looked at');
    const [canonical] = Intl.getCanonicalLocales(tag);
    if (canonical && canonical.length <= 35) return canonical;
  } catch {
    // Told below.
  }
  throw badUserInput({ locale: 'locale must be a language tag, such as en or de-AT.' });
}
