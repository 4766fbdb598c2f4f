/** `npm start`: the whole system in one process. Prints the address and, on the first start, the administrator's login. */
import { collectGarbage } from '@chat/kit/process/collect-garbage';
import { commandLine } from '@chat/kit/process/command-line';
import { createLogger } from '@chat/kit/logging';
import { runProcess } from '@chat/kit/process/run-process';
import { loadStandaloneConfig } from './config';
import { startStandalone } from './start-standalone';

commandLine({
  command: 'npm start',
  summary: `Runs the whole chat in one process, until SIGTERM or Ctrl-C. Starts PostgreSQL, Redis and Chroma below DATA_DIR, unless
DATABASE_URL, REDIS_URL and CHROMA_URL name others. Prints the address and, on the first start, the password of the user admin.`,
  details: `Settings come from the environment and from .env; .env.example lists them all with their defaults.
Example: PORT=4100 DATA_DIR=/srv/chat npm start`,
});

runProcess(async () => {
  const config = loadStandaloneConfig();
  const standalone = await startStandalone(config);
  standalone.ready.then(
    (administrator) => {
      const lines = [`The chat is at ${standalone.url} (open it in a browser, or point a GraphQL client at it).`];
      if (administrator && config.ADMIN_PASSWORD) {
        lines.push(`First administrator: ${administrator.username}, with the password in ADMIN_PASSWORD.`);
      } else if (administrator) {
        lines.push(`First administrator: ${administrator.username}, password ${administrator.password}`);
        lines.push('The password is not shown again.');
      }
      lines.push('For voices of more than four people in a room, run npm run start:voice beside it.');
      // Logs leave the machine in many installations, and they redact passwords.
      process.stdout.write(`\n${lines.map((line) => `  ${line}`).join('\n')}\n\n`);
      collectGarbage();
    },
    (error: unknown) => {
      createLogger('standalone', config.LOG_LEVEL).fatal({ err: error }, 'cannot become ready');
      process.exitCode = 1;
      process.kill(process.pid, 'SIGTERM');
    },
  );
  return standalone;
});
