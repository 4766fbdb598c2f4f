/**
 * One backup: a folder with the dump of the database, the files, the secret, and a list of them with hashes. The list is written last, so
 * a folder without it is an interrupted backup. Only its owner can read a backup.
 */
import { StartupError } from '@chat/kit/process/startup-error';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

const FORMAT = 'chat backup 1';
const LIST = 'backup.json';
const DUMP = 'database.dump';
const SECRET = 'secret-key';

/** The name of a backup: its start in UTC, so that names sort by time. */
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/;

export interface BackupList {
  format: typeof FORMAT;
  createdAt: string;
  rows: number;
  /** Equal for databases with equal tables. */
  contents: string;
  /** Uploaded files, with the images derived from them; null if the backup has none by request. */
  objects: { count: number; bytes: number } | null;
  /** SHA-256 of the other files of the backup, by name. */
  sha256: Record<string, string>;
}

export class BackupFolder {
  readonly dump: string;
  readonly files: string;
  readonly secret: string;

  constructor(readonly path: string) {
    this.dump = join(path, DUMP);
    this.files = join(path, 'files');
    this.secret = join(path, SECRET);
  }

  /** Makes a new folder below `parent`. @throws StartupError if a backup was begun in the same second */
  static async create(parent: string, now = new Date()): Promise<BackupFolder> {
    const name = `${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
    await mkdir(parent, { recursive: true, mode: 0o700 });
    const path = join(parent, name);
    await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new StartupError(`${path} exists already. Try again.`) : error;
    });
    return new BackupFolder(path);
  }

  async writeSecret(secret: string): Promise<void> {
    await writeFile(this.secret, `${secret}\n`, { mode: 0o600 });
  }

  /** Undefined if the backup has none. */
  async readSecret(): Promise<string | undefined> {
    return readFile(this.secret, 'utf8').then((text) => text.trim(), onMissing(undefined));
  }

  /** Makes the backup valid. */
  async complete(list: Omit<BackupList, 'format' | 'createdAt' | 'sha256'>): Promise<void> {
    const sha256: Record<string, string> = {};
    for (const file of [this.dump, this.secret]) {
      const hash = await sha256Of(file).catch(onMissing(undefined));
      if (hash) sha256[basename(file)] = hash;
    }
    const whole: BackupList = { format: FORMAT, createdAt: new Date().toISOString(), ...list, sha256 };
    const file = join(this.path, LIST);
    await writeFile(`${file}.new`, `${JSON.stringify(whole, null, 2)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  /** Reads the list, and compares the hashes of the dump and the secret with it. @throws StartupError if the backup is not whole */
  async verify(): Promise<BackupList> {
    const text = await readFile(join(this.path, LIST), 'utf8').catch(onMissing(undefined));
    if (text === undefined) throw new StartupError(`${this.path} is no complete backup: it has no ${LIST}.`);
    const list = parse(text);
    if (list?.format !== FORMAT) throw new StartupError(`${this.path} has a ${LIST} of another program or version.`);
    for (const [name, expected] of Object.entries(list.sha256)) {
      const found = await sha256Of(join(this.path, name)).catch(onMissing(undefined));
      if (found !== expected)
        throw new StartupError(`${join(this.path, name)} is ${found ? 'not the file that was backed up' : 'missing'}.`);
    }
    return list;
  }

  async remove(): Promise<void> {
    await rm(join(this.path, LIST), { force: true }); // no longer valid while the rest goes
    await rm(this.path, { recursive: true, force: true });
  }
}

/** The complete backups below `parent`, oldest first. */
export async function backupsIn(parent: string): Promise<BackupFolder[]> {
  const names = (await readdir(parent).catch(onMissing<string[]>([]))).filter((name) => NAME.test(name)).sort();
  const folders = names.map((name) => new BackupFolder(join(parent, name)));
  const isComplete = await Promise.all(
    folders.map(({ path }) => stat(join(path, LIST)).then(() => true, onMissing(false))),
  );
  return folders.filter((_folder, index) => isComplete[index]);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

function parse(text: string): BackupList | undefined {
  try {
    return JSON.parse(text) as BackupList;
  } catch {
    return undefined;
  }
}

/** @returns a handler that gives `value` for a missing file, and throws every other error again */
function onMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return value;
  };
}
