/** Entry point of the identity subgraph as a separate process. Creates the first administrator and prints its password once. */
import { loadConfig } from '@chat/kit/config';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { z } from 'zod';
import { identityVariables } from './config';
import { createIdentity } from './create-identity';

runSubgraph(
  () => loadConfig(z.object(identityVariables)),
  async (config) => {
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
