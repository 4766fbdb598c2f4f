/** Runs a subgraph as a process of its own. It listens at once, for probes; requests wait until it has started. */
import type { Subgraph } from '../graphql/subgraph';
import { KeyAgreement } from '../auth/key-agreement';
import { secretOf } from '../auth/derived-keys';
import { serveSubgraph } from '../graphql/subgraph-server';
import type { SubgraphConfig } from '../graphql/runtime';
import { createLogger } from '../logging';
import { startTracing } from '../telemetry/tracing';
import { expectFree } from './free-port';
import { runProcess } from './run-process';

/** `create` reads `config` only; `load` reads the environment and throws a ConfigError with all problems. */
export function runSubgraph<Config extends SubgraphConfig>(
  load: () => Config,
  create: (config: Config) => Promise<Subgraph>,
): void {
  runProcess(async () => {
    const config = load();
    const { HOST: host, PORT: port, LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
    // A second process on this port must not migrate anything before it fails.
    if (port !== 0) await expectFree({ host, port });
    await using parts = new AsyncDisposableStack();
    const subgraph = parts.use(await create(config));
    if (endpoint) parts.use(await startTracing(subgraph.name, endpoint));
    const log = createLogger(subgraph.name, LOG_LEVEL);
    parts.use(
      await KeyAgreement.join({
        redisUrl: config.REDIS_URL,
        redisPrefix: config.REDIS_PREFIX,
        secret: secretOf(config),
        component: subgraph.name,
        log,
      }),
    );
    const isTraced = endpoint !== undefined;
    const server = parts.use(await serveSubgraph(subgraph, { host, port, log, isTraced }));
    log.info({ url: server.url }, 'listening');
    let isEnding = false;
    subgraph.ready().then(
      // The wait also resolves if the process ends.
      () => isEnding || log.info('ready'),
      (error: unknown) => {
        if (isEnding) return;
        log.fatal({ err: error }, 'cannot become ready');
        process.exitCode = 1;
        process.kill(process.pid, 'SIGTERM');
      },
    );
    parts.defer(() => void (isEnding = true));
    const running = parts.move();
    return { [Symbol.asyncDispose]: () => running.disposeAsync() };
  });
}
