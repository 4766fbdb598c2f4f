/** Runs the messaging subgraph as a separate process. */
import { loadConfig } from '@chat/kit/config';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { z } from 'zod';
import { messagingVariables } from './config';
import { createMessaging } from './create-messaging';

runSubgraph(() => loadConfig(z.object(messagingVariables)), createMessaging);
