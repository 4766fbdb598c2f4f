/** The rooms subgraph as a process of its own. */
import { loadConfig } from '@chat/kit/config';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { z } from 'zod';
import { roomsVariables } from './config';
import { createRooms } from './create-rooms';

runSubgraph(() => loadConfig(z.object(roomsVariables)), createRooms);
