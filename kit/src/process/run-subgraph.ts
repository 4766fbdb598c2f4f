/** A subgraph as a process of its own: its endpoint for gateways, up at once, answering SERVICE_UNAVAILABLE until its database is there. */
import { serveSubgraph } from '../graphql/subgraph-server';
import type { Subgraph } from '../graphql/subgraph';
import type { SubgraphConfig } from '../graphql/runtime';
import { createLogger } from '../logging';
import { runProcess } from './run-process';

/** @param create reads nothing but `config`; `load` reads the environment and throws a ConfigError with all problems. */
export function runSubgraph<Config extends SubgraphConfig>(
  load: () => Config,
  create: (config: Config) => Promise<Subgraph>,
): void {
  runProcess(async () => {
    const config = load();
    const subgraph = await create(config);
    const log = createLogger(subgraph.name, config.LOG_LEVEL);
    const server = await serveSubgraph(subgraph, { host: config.HOST, port: config.PORT, log });
    log.info({ url: server.url }, 'listening');
    let isEnding = false;
    subgraph.ready().then(
      // Waiting that is cut short by the end resolves, too.
      () => isEnding || log.info('ready'),
      (error: unknown) => {
        if (isEnding) return;
        log.fatal({ err: error }, 'cannot become ready');
        process.exitCode = 1;
        process.kill(process.pid, 'SIGTERM');
      },
    );
    return {
      async [Symbol.asyncDispose]() {
        isEnding = true;
        await server[Symbol.asyncDispose]();
        await subgraph[Symbol.asyncDispose]();
      },
    };
  });
}
