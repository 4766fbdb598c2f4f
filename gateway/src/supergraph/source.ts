/** Loads the supergraph from a file and watches it. If a new version is invalid, the current one stays in use. */
import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from '@chat/kit/logging';
import { StartupError } from '@chat/kit/process/startup-error';
import { Supergraph } from './supergraph';

/** The current supergraph and its changes. */
export interface SupergraphSource extends AsyncDisposable {
  readonly current: Supergraph;
  /** Calls `listener` after each change, with the new version first. Returns a function that removes the listener. */
  onChange(listener: (supergraph: Supergraph, previous: Supergraph) => void): () => void;
}

/** A supergraph that changes through `replace` only. */
export class StaticSupergraphSource implements SupergraphSource {
  private readonly listeners = new Set<(supergraph: Supergraph, previous: Supergraph) => void>();
  private supergraph: Supergraph;

  /** @param check throws if a version must not be used */
  constructor(
    sdl: string,
    private readonly check: (supergraph: Supergraph) => void = () => undefined,
  ) {
    this.supergraph = this.load(sdl);
  }

  get current(): Supergraph {
    return this.supergraph;
  }

  /** Switches to a new version and notifies listeners. @throws if `sdl` is invalid; the old version then stays */
  replace(sdl: string): void {
    const previous = this.supergraph;
    const next = this.load(sdl);
    if (next.id === previous.id) return;
    this.supergraph = next;
    for (const listener of this.listeners) listener(next, previous);
  }

  private load(sdl: string): Supergraph {
    const supergraph = new Supergraph(sdl);
    this.check(supergraph);
    return supergraph;
  }

  onChange(listener: (supergraph: Supergraph, previous: Supergraph) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listeners.clear();
  }
}

/** Debounce for changes of the file, in milliseconds: editors write in several steps. */
const SETTLE_MS = 100;

/**
 * Reads `path` and watches it.
 * @param check throws if a version must not be used
 * @throws StartupError if the file is missing or invalid at startup
 */
export async function watchSupergraphFile(
  path: string,
  log: Logger,
  check?: (supergraph: Supergraph) => void,
): Promise<SupergraphSource> {
  const source = await openFile(path, check);
  let timer: NodeJS.Timeout | undefined;
  const reload = async () => {
    try {
      const before = source.current.id;
      source.replace(await readFile(path, 'utf8'));
      if (source.current.id !== before) log.info({ supergraph: source.current.id.slice(0, 12) }, 'supergraph reloaded');
    } catch (error) {
      log.error({ err: error, path }, 'new supergraph is invalid; keeping the current one');
    }
  };
  // Editors and Kubernetes replace the file and its links, so the folder is watched instead of the file.
  const watcher: FSWatcher = watch(dirname(path), (_event, name) => {
    if (name !== null && name !== basename(path) && !name.startsWith('..')) return;
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), SETTLE_MS).unref();
  });
  watcher.unref();
  watcher.on('error', (error) => log.error({ err: error, path }, 'cannot watch the supergraph file any longer'));
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

async function openFile(path: string, check?: (supergraph: Supergraph) => void): Promise<StaticSupergraphSource> {
  try {
    return new StaticSupergraphSource(await readFile(path, 'utf8'), check);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'no such file' : message;
    throw new StartupError(`SUPERGRAPH_PATH: ${path} is invalid: ${why}`, { cause: error });
  }
}
