/** The address of PostgreSQL behind a pooler that gives a connection to another client after each transaction, such as PgBouncer. */
import { z } from 'zod';
import { EQUAL_EVERYWHERE } from '../config';

export const directDatabaseVariable = () =>
  z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'PostgreSQL itself, if DATABASE_URL is a pooler in transaction mode, such as PgBouncer; for notifications, migrations and commands',
    )
    .meta(EQUAL_EVERYWHERE);
