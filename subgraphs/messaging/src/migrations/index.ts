/** Every migration, in order. What has been released is never changed. */
import type { MigrationObject } from '@mikro-orm/core';
import { Channels } from './001-channels';
import { Projects } from './200-projects';

export const migrations: MigrationObject[] = [
  { name: '001-channels', class: Channels },
  { name: '200-projects', class: Projects },
];
