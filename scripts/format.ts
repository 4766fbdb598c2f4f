/** `npm run format`: repairs all that eslint and prettier can repair. */
import { commandLine } from '@chat/kit/process/command-line';
import { runProgram } from './npm-script';

const { positionals } = commandLine({
  command: 'npm run format --',
  summary: 'Repairs what eslint and prettier can repair. Exits with 1 if a problem is left.',
  arguments: [
    { name: 'PATH', description: 'only these files and folders; default: all', isOptional: true, isRepeated: true },
  ],
});

const paths = positionals.length > 0 ? positionals : ['.'];
const statuses = [
  runProgram('eslint', ['--fix', '--no-error-on-unmatched-pattern', ...paths]),
  runProgram('prettier', ['--write', '--log-level', 'warn', '--ignore-unknown', ...paths]),
];
process.exitCode = Math.max(...statuses);
