/** `npm run check`: all checks that need no server, one after the other. Stops at the first that fails. Runs no tests. */
import { commandLine } from '@chat/kit/process/command-line';
import { runNpmScript } from './npm-script';

/** npm scripts with their arguments, the quick ones first. */
const CHECKS: Readonly<Record<string, string[]>> = {
  types: [],
  lint: [],
  'format:check': [],
  spelling: [],
  cycles: [],
  unused: [],
  schema: ['--check'],
  contract: [],
  docs: ['--check'],
  containers: [],
};

const { positionals } = commandLine({
  command: 'npm run check --',
  summary: 'Runs all checks that need no server, and stops at the first that fails. npm test runs the tests.',
  arguments: [
    {
      name: 'CHECK',
      description: 'only these checks',
      choices: Object.keys(CHECKS),
      isOptional: true,
      isRepeated: true,
    },
  ],
});

for (const name of positionals.length > 0 ? positionals : Object.keys(CHECKS)) {
  const status = runNpmScript(name, CHECKS[name]);
  if (status === 0) continue;
  console.error(`The check "${name}" failed. Run it alone: npm run check -- ${name}`);
  process.exit(status);
}
