/** The identity subgraph as a process of its own. Makes the first administrator and says its password once. */
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
        // Not through the log, which leaves the machine in many installations and hides passwords anyway.
        if (administrator && !config.ADMIN_PASSWORD)
          process.stdout.write(`First administrator: ${administrator.username}, password ${administrator.password}\n`);
      },
    };
  },
);
