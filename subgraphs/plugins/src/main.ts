/** The plugins subgraph as a process of its own. */
import { loadConfig } from '@chat/kit/config';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { z } from 'zod';
import { pluginsVariables } from './config';
import { createPlugins } from './create-plugins';

runSubgraph(() => loadConfig(z.object(pluginsVariables)), createPlugins);
