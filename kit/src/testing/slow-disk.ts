/** A folder on a disk that becomes slow when a test asks for it, for the servers that get its variables. Needs a C compiler. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCE = join(__dirname, 'slow-disk.c');

export class SlowDisk implements AsyncDisposable {
  private constructor(
    private readonly dir: string,
    private readonly delayFile: string,
    /** The environment of a server with delayed writes below the folder. */
    readonly env: Readonly<Record<string, string>>,
  ) {}

  /** @returns undefined, and says so, if there is no C compiler */
  static async of(folder: string): Promise<SlowDisk | undefined> {
    const dir = await mkdtemp(join(tmpdir(), 'chat-slow-disk-'));
    await chmod(dir, 0o755); // for the user of PostgreSQL
    const library = join(dir, 'slow-disk.so');
    try {
      await run('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      process.stdout.write('NOT TESTED: a slow disk needs a C compiler.\n');
      return undefined;
    }
    const delayFile = join(dir, 'delay');
    await writeFile(delayFile, '0');
    return new SlowDisk(dir, delayFile, {
      LD_PRELOAD: library,
      SLOW_DISK_FOLDER: folder,
      SLOW_DISK_DELAY: delayFile,
    });
  }

  /** Delays each write and each sync by `ms` from now on. With 0, waits that have begun end as well. */
  delay(ms: number): Promise<void> {
    return writeFile(this.delayFile, String(ms));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delay(0);
    await rm(this.dir, { recursive: true, force: true });
  }
}
