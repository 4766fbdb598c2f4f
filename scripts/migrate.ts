/** `npm run db:migrate`: migrates the schemas of all subgraphs and ends. Processes do the same when they start. */
import { loadConfig } from '@chat/kit/config';
import { runCommand } from '@chat/kit/process/run-command';
import { z } from 'zod';
import { loadSubgraph, SUBGRAPH_NAMES } from './subgraphs';

runCommand(async () => {
  for (const name of SUBGRAPH_NAMES) {
    const exported = await loadSubgraph(name);
    await using subgraph = await exported.create(loadConfig(z.object(exported.variables)));
    await subgraph.ready();
    console.log(`${name} is up to date`);
  }
  return 0;
});
