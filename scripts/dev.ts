/** `npm run dev`: runs the whole chat in one process and restarts it if a source file changes. */
import { commandLine } from '@chat/kit/process/command-line';
import { join } from 'node:path';
import { ROOT } from './subgraphs';

commandLine({
  command: 'npm run dev --',
  summary: 'Runs the whole chat in one process, as npm start does, and restarts it if a source file changes.',
  details: 'Settings come from the environment and from .env; .env.example lists them all with their defaults.',
});

// The watching process replaces this one, so that Ctrl-C and SIGTERM reach it directly.
const args = [process.execPath, ...process.execArgv, '--watch', join(ROOT, 'standalone/src/main.ts')];
process.execve!(process.execPath, args, process.env);
