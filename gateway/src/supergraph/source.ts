/** Where the supergraph comes from: a file that is watched. A new version that is not usable never replaces one that is. */
import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from '@chat/kit/logging';
import { StartupError } from '@chat/kit/process/startup-error';
import { Supergraph } from './supergraph';

/** The current supergraph, and word of each new one. */
export interface SupergraphSource extends AsyncDisposable {
  readonly current: Supergraph;
  /** Calls `listener` after each change, with the version that holds from now on. Returns how to stop. */
  onChange(listener: (supergraph: Supergraph, previous: Supergraph) => void): () => void;
}

/** A supergraph that changes when told to: for one process and for tests. */
export class StaticSupergraphSource implements SupergraphSource {
  private readonly listeners = new Set<(supergraph: Supergraph, previous: Supergraph) => void>();
  private supergraph: Supergraph;

  constructor(sdl: string) {
    this.supergraph = new Supergraph(sdl);
  }

  get current(): Supergraph {
    return this.supergraph;
  }

  /** Takes `sdl` as the new version and tells everybody. @throws where it is not usable; the old one then stays. */
  replace(sdl: string): void {
    const previous = this.supergraph;
    const next = new Supergraph(sdl);
    if (next.id === previous.id) return;
    this.supergraph = next;
    for (const listener of this.listeners) listener(next, previous);
  }

  onChange(listener: (supergraph: Supergraph, previous: Supergraph) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listeners.clear();
  }
}

/** How long a change of the file must rest before it is read, in milliseconds: writers write in several steps. */
const SETTLE_MS = 100;

/** Reads `path` and follows its changes. @throws StartupError where the file is missing or not usable at the start. */
export async function watchSupergraphFile(path: string, log: Logger): Promise<SupergraphSource> {
  const source = await openFile(path);
  let timer: NodeJS.Timeout | undefined;
  const reload = async () => {
    try {
      const before = source.current.id;
      source.replace(await readFile(path, 'utf8'));
      if (source.current.id !== before) log.info({ supergraph: source.current.id.slice(0, 12) }, 'supergraph reloaded');
    } catch (error) {
      log.error({ err: error, path }, 'the new supergraph is not usable; keeping the one in use');
    }
  };
  // The folder and not the file is watched, since editors and Kubernetes replace the file and its links.
  const watcher: FSWatcher = watch(dirname(path), (_event, name) => {
    if (name !== null && name !== basename(path) && !name.startsWith('..')) return;
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), SETTLE_MS).unref();
  });
  watcher.unref();
  watcher.on('error', (error) => log.error({ err: error, path }, 'the supergraph file is no longer watched'));
  return {
    get current() {
      return source.current;
    },
    onChange: (listener) => source.onChange(listener),
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      watcher.close();
      await source[Symbol.asyncDispose]();
    },
  };
}

async function openFile(path: string): Promise<StaticSupergraphSource> {
  try {
    return new StaticSupergraphSource(await readFile(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : message;
    throw new StartupError(`SUPERGRAPH_PATH: ${path} is not usable: ${why}`, { cause: error });
  }
}
