/** Accounts as others see them: names and profiles. */
import type { IdentityFeature } from '../feature';
import { UserEntity } from './user.entity';
import { userLoader, type UserLoader } from './user.loader';
import { userPolicy } from './user.policy';
import { userReference } from './user.reference';
import { UserConnectionResolver, UserResolver } from './user.resolver';
import { UserService } from './user.service';

export const userFeature: IdentityFeature<{ services: { users: UserService }; loaders: { user: UserLoader } }> = {
  name: 'users',
  entities: [UserEntity],
  resolvers: [UserConnectionResolver, UserResolver],
  references: { User: userReference },
  policy: userPolicy,
  services: () => ({ users: new UserService() }),
  loaders: ({ parts: { database } }) => ({ user: userLoader(() => database.pool()) }),
};
