/** The knowledge subgraph as a process of its own. */
import { loadConfig } from '@chat/kit/config';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { z } from 'zod';
import { knowledgeVariables } from './config';
import { createKnowledge } from './create-knowledge';

runSubgraph(() => loadConfig(z.object(knowledgeVariables)), createKnowledge);
