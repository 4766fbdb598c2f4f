/** Runs the gateway as a process of its own. Subgraphs run in other processes. */
import { KeyAgreement } from '@chat/kit/auth/key-agreement';
import { secretOf } from '@chat/kit/auth/derived-keys';
import { commandLine } from '@chat/kit/process/command-line';
import { createLogger } from '@chat/kit/logging';
import { runProcess } from '@chat/kit/process/run-process';
import { loadGatewayConfig } from './config';
import { createGateway } from './create-gateway';

commandLine({
  command: 'npm run start:gateway --',
  summary: 'Runs the gateway as a process of its own, until SIGTERM or Ctrl-C. Subgraphs run in other processes.',
  details: `Settings come from the environment and from .env; .env.example lists them all with their defaults.
Example: SUBGRAPH_URLS=identity=http://127.0.0.1:4001/graphql,messaging=http://127.0.0.1:4002/graphql npm run start:gateway`,
});

runProcess(async () => {
  const config = loadGatewayConfig();
  const log = createLogger('gateway', config.LOG_LEVEL);
  await using parts = new AsyncDisposableStack();
  const { REDIS_URL, SECRET_KEY, SECRET_KEY_FALLBACKS } = config;
  if (REDIS_URL && SECRET_KEY)
    parts.use(
      await KeyAgreement.join({
        redisUrl: REDIS_URL,
        redisPrefix: config.REDIS_PREFIX,
        secret: secretOf({ SECRET_KEY, SECRET_KEY_FALLBACKS }),
        component: 'gateway',
        log,
      }),
    );
  const gateway = parts.use(await createGateway(config, { log, isPlanningWarm: true }));
  log.info({ url: gateway.url }, 'listening');
  return parts.move();
});
