/**
 * Under which user PostgreSQL runs. It refuses to run as root, so root starts it as the system user `postgres`.
 * If that user cannot reach the installation or the data (a checkout below /root), it gets exactly one capability:
 * to traverse folders that are closed to it. If neither is possible, refuses and names a way out.
 */
import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { StartupError } from '../process/startup-error';

const run = promisify(execFile);

export interface PostgresUser {
  /** Absent if we are not root: PostgreSQL then runs as our own user. */
  ids: { uid: number; gid: number } | undefined;
  /** The prefix of a command line that runs it as that user. */
  prefix: string[];
}

/** @param paths the binaries and the data folder, which the user must be able to reach. */
export async function postgresUser(paths: string[]): Promise<PostgresUser> {
  if (userInfo().uid !== 0) return { ids: undefined, prefix: [] };
  const ids = await systemUser();
  const as = ['setpriv', `--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'];
  const powers = [
    [],
    ...['+dac_read_search', '+dac_override'].map((power) => [
      '--securebits=+no_setuid_fixup',
      `--inh-caps=${power}`,
      `--ambient-caps=${power}`,
    ]),
  ];
  for (const power of powers) {
    const prefix = [...as, ...power];
    if (await canReach(prefix, paths)) return { ids, prefix };
  }
  throw new StartupError(
    `PostgreSQL does not run as root, and the user postgres cannot reach ${paths.join(' and ')}. ` +
      'Move the checkout and DATA_DIR to where every user may pass (such as /opt or /srv), run as an ordinary user, or set DATABASE_URL.',
  );
}

async function systemUser(): Promise<{ uid: number; gid: number }> {
  const lookUp = async () => {
    const ids = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    const [uid = NaN, gid = NaN] = ids.map(({ stdout }) => Number(stdout));
    return { uid, gid };
  };
  return lookUp().catch(async () => {
    // Two processes may create it at the same time; the second one finds it.
    const created = await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ])
      .then(() => undefined)
      .catch((error: Error) => error);
    return lookUp().catch(() => {
      throw new StartupError(
        `PostgreSQL does not run as root, and a system user for it could not be created (${created?.message.trim()}). ` +
          'Create a user postgres, run as an ordinary user, or set DATABASE_URL.',
      );
    });
  });
}

async function canReach(prefix: string[], paths: string[]): Promise<boolean> {
  const [command = '', ...args] = prefix;
  const test = paths.map((path) => `test -r '${path.replaceAll("'", "'\\''")}'`).join(' && ');
  return run(command, [...args, 'sh', '-c', test]).then(
    () => true,
    () => false,
  );
}
