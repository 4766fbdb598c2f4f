/** Temporary folders in which a file is processed: private, and removed afterwards. Folders of killed processes are removed later. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'chat-file-';
/** No file is processed for so long, in milliseconds. */
const ABANDONED_MS = 86_400_000;

export interface Workspace extends AsyncDisposable {
  /** For the file itself. */
  input: string;
  /** An empty folder for results. */
  output: string;
}

/** @param root the folder of all workspaces; default is that of the system */
export async function openWorkspace(root = tmpdir()): Promise<Workspace> {
  const folder = await mkdtemp(join(root, PREFIX));
  const output = await mkdtemp(join(folder, 'output-'));
  return {
    input: join(folder, 'input'),
    output,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function removeAbandonedWorkspaces(root = tmpdir()): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(root, name);
    const found = await stat(path).catch(() => undefined);
    if (found && found.mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}
