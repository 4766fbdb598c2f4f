/** Runs the gateway as a process of its own. Subgraphs run in other processes. */
import { createLogger } from '@chat/kit/logging';
import { runProcess } from '@chat/kit/process/run-process';
import { loadGatewayConfig } from './config';
import { createGateway } from './create-gateway';

runProcess(async () => {
  const config = loadGatewayConfig();
  const log = createLogger('gateway', config.LOG_LEVEL);
  const gateway = await createGateway(config, { log });
  log.info({ url: gateway.url }, 'listening');
  return gateway;
});
