/** Entry point of the identity subgraph as a separate process. Creates the first administrator and prints its password once. */
import { loadConfig } from '@chat/kit/config';
import { prepareDataDir } from '@chat/kit/process/data-dir';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { resolve } from 'node:path';
import { z } from 'zod';
import { identityVariables } from './config';
import { createIdentity } from './create-identity';

runSubgraph(
  () => loadConfig(z.object(identityVariables)),
  async (config) => {
    // Without a mail server, mails are files there.
    if (!config.SMTP_URL) await prepareDataDir(resolve(config.DATA_DIR));
    const identity = await createIdentity(config);
    return {
      ...identity,
      async ready() {
        await identity.ready();
        const administrator = await identity.ensureAdministrator();
        // Not in the log, because logs are often shipped to other machines, and they redact passwords.
        if (administrator && !config.ADMIN_PASSWORD)
          process.stdout.write(`First administrator: ${administrator.username}, password ${administrator.password}\n`);
      },
    };
  },
);
