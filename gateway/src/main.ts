/** The gateway as a process of its own, with subgraphs in others. */
import { runProcess } from '@chat/kit/process/run-process';
import { loadGatewayConfig } from './config';
import { createGateway } from './create-gateway';

runProcess(async () => createGateway(loadGatewayConfig()));
