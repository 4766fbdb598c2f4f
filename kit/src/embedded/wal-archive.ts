/**
 * The archive of an embedded PostgreSQL's write-ahead log: the shell commands by which the server writes and reads it.
 * Base backups and restores are in scripts/archive.
 */
import { z } from 'zod';

/** Of `npm start`, and of the commands that work on its archive. */
export const archiveVariables = {
  WAL_ARCHIVE_DIR: z
    .string()
    .optional()
    .describe(
      'folder, best on another disk, for the write-ahead log of the PostgreSQL that npm start runs; npm run restore:at restores any second from it',
    ),
};

/** A full segment or the history of a timeline; other files of the archive are its own. */
export const SEGMENT = /^[0-9A-F]{24}$/;

/** For the shell inside a setting of PostgreSQL, which replaces `%f` and `%p`. */
const quoted = (path: string) => `'${path.replaceAll("'", "'\\''").replaceAll('%', '%%')}'`;

/** The settings of a server that archives to `dir`. At the latest after a minute, what was written is in the archive. */
export function archiveSettings(dir: string): Record<string, string | number> {
  const file = `${quoted(dir)}/%f`;
  const part = `${file}.part`;
  return {
    archive_mode: 'on',
    archive_timeout: 60,
    // A segment may come twice after a crash. Another file with its name means that two servers share the archive: that must not pass.
    archive_command: `if [ -f ${file} ]; then cmp -s "%p" ${file}; else cp "%p" ${part} && sync ${part} && mv ${part} ${file}; fi`,
  };
}

/** A command that fetches a segment from the first of `dirs` that has it. */
export const restoreCommand = (...dirs: string[]): string =>
  dirs.map((dir) => `cp ${quoted(dir)}/%f "%p"`).join(' || ');
