/** `npm run start:voice`: forwards the voices of rooms, as a process of its own beside the rooms subgraph. */
import { commandLine } from '@chat/kit/process/command-line';
import { runProcess } from '@chat/kit/process/run-process';
import { installedVoiceConfig } from './config';
import { VoiceProcess } from './voice-process';

commandLine({
  command: 'npm run start:voice --',
  summary: 'Forwards the voices of rooms with more than four people, as a process of its own, until SIGTERM or Ctrl-C.',
  details: `Needs the Redis of the rooms subgraph: REDIS_URL, or the one that npm start has started below DATA_DIR. Settings come from the environment and from .env; .env.example lists them with their defaults.
Example: REDIS_URL=redis://127.0.0.1:6379 npm run start:voice`,
});

runProcess(async () => VoiceProcess.start(await installedVoiceConfig()));
