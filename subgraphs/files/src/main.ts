/** The files subgraph as a process of its own. */
import { loadConfig } from '@chat/kit/config';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { z } from 'zod';
import { filesVariables } from './config';
import { createFiles } from './create-files';

runSubgraph(() => loadConfig(z.object(filesVariables)), createFiles);
