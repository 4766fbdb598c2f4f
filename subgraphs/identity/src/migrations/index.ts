/** Every migration, in order. What has been released is never changed. */
import type { MigrationObject } from '@mikro-orm/core';
import { Accounts } from './001-accounts';

export const migrations: MigrationObject[] = [{ name: '001-accounts', class: Accounts }];
