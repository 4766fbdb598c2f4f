/**
 * `npm run admin`: sets a password, creates an account, or creates an invitation, for operators with access to the server. Needs only
 * PostgreSQL. A running installation sends the mails and ends the sessions; a stopped one does so after its next start.
 */
import { integerVariable, loadConfig } from '@chat/kit/config';
import { installationVariables, openInstallation } from '@chat/kit/embedded/installed-postgres';
import { ApiError } from '@chat/kit/errors';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { StartupError } from '@chat/kit/process/startup-error';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { identityVariables } from '../config';
import { Role } from '../permissions/role';
import { AdminCommands, type AdminOptions } from './admin-commands';

const ROLES = Object.values(Role).filter((role) => role !== Role.GUEST);

const { positionals, values, refuse } = commandLine({
  command: 'npm run admin --',
  summary: `reset-password USERNAME  sets a new password, and ends all sessions and API keys of the account
create-user USERNAME     creates an account
invite                   creates a link with which people register, even if registration is off`,
  arguments: [
    { name: 'COMMAND', description: 'the command', choices: ['reset-password', 'create-user', 'invite'] },
    { name: 'USERNAME', description: 'the account; not for invite', isOptional: true },
  ],
  options: {
    'password-stdin': { type: 'boolean', description: 'reads the password from the input instead of generating one' },
    role: { type: 'string', value: 'ROLE', description: `create-user, invite: ${ROLES.join(', ')}; USER if absent` },
    email: { type: 'string', value: 'ADDRESS', description: 'create-user: its address; invite: mails the link there' },
    name: { type: 'string', value: 'NAME', description: 'create-user: the name that others see' },
    locale: { type: 'string', value: 'TAG', description: 'language of the account or the mail, such as de' },
    uses: { type: 'string', value: 'NUMBER', description: 'invite: accounts that it admits; 1 if absent' },
    days: { type: 'string', value: 'NUMBER', description: 'invite: days until it expires; 7 if absent' },
  },
  details: `The command uses the database that DATABASE_URL names. Without it, it uses the installation in DATA_DIR (./data), whether it is
running or not. Passwords are never taken from the command line, which other users of the machine can read.
Examples: npm run admin -- reset-password admin
          npm run admin -- create-user ada --role ADMIN --email ada@example.org
          npm run admin -- invite --uses 20 --days 30`,
});

const settings = z.object({
  ...installationVariables,
  PUBLIC_URL: identityVariables.PUBLIC_URL.unwrap().optional(),
  PORT: integerVariable(0, 65_535).default(4000).describe('port of the gateway, for links if PUBLIC_URL is not set'),
  BCRYPT_COST: identityVariables.BCRYPT_COST,
  PASSWORD_MIN_LENGTH: identityVariables.PASSWORD_MIN_LENGTH,
});

/** The options of each command. */
const OPTIONS: Record<string, string[]> = {
  'reset-password': ['password-stdin'],
  'create-user': ['password-stdin', 'role', 'email', 'name', 'locale'],
  invite: ['role', 'email', 'locale', 'uses', 'days'],
};

function read(): { command: string; username: string; options: AdminOptions } {
  const [command = '', username = ''] = positionals;
  const foreign = Object.keys(values).filter((name) => !OPTIONS[command]!.includes(name));
  if (foreign.length > 0) refuse(`${command} has no option --${foreign[0]}.`);
  if (command === 'invite' && username) refuse(`Unexpected argument "${username}".`);
  if (command !== 'invite' && !username) refuse('USERNAME is missing.');
  const role = ROLES.find((one) => one === values.role?.toUpperCase());
  if (values.role !== undefined && !role) refuse(`--role cannot be "${values.role}". It is ${ROLES.join(' or ')}.`);
  const { email, name, locale } = values;
  const options = { role, email, name, locale, uses: numberOf('uses'), days: numberOf('days') };
  return { command, username, options };
}

function numberOf(name: 'uses' | 'days'): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  return /^[1-9]\d{0,5}$/.test(given) ? Number(given) : refuse(`--${name} must be a whole number, 1 or more.`);
}

async function main(): Promise<number> {
  const { command, username, options } = read();
  const given = loadConfig(settings);
  const config = { ...given, PUBLIC_URL: given.PUBLIC_URL ?? `http://127.0.0.1:${given.PORT}` };
  const password = values['password-stdin'] ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const place = config.DATABASE_URL
    ? 'the database of DATABASE_URL'
    : `the installation in ${resolve(config.DATA_DIR)}`;
  say(`Opening ${place} …`);
  await using postgres = await openInstallation(config);
  await using admin = await AdminCommands.open(postgres.url, config);
  try {
    const lines = await {
      'reset-password': () => admin.resetPassword(username, password),
      'create-user': () => admin.createUser(username, options, password),
      invite: () => admin.invite(options),
    }[command]!();
    process.stdout.write(`${lines.join('\n')}\n`);
    if (command === 'invite' && !given.PUBLIC_URL)
      say(`The link begins with ${config.PUBLIC_URL}. If the chat has another address, set PUBLIC_URL, or PORT.`);
    return 0;
  } catch (error) {
    throw error instanceof ApiError ? new StartupError(error.message) : error;
  }
}

runCommand(main);
