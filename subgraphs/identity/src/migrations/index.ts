/** Every migration, in order. What has been released is never changed. */
import type { MigrationObject } from '@mikro-orm/core';
import { Accounts } from './001-accounts';
import { Access } from './002-access';
import { Operations } from './003-operations';
import { AccessNews } from './004-access-news';
import { EffectivePermissions } from './100-effective-permissions';

export const migrations: MigrationObject[] = [
  { name: '001-accounts', class: Accounts },
  { name: '002-access', class: Access },
  { name: '003-operations', class: Operations },
  { name: '004-access-news', class: AccessNews },
  { name: '100-effective-permissions', class: EffectivePermissions },
];
