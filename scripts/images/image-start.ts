/** Starts images as production does: by podman with runc, with a read-only root and no capabilities. */
import { freePort } from '@chat/kit/process/free-port';
import type { TestServices } from '@chat/kit/testing/services';
import { TestProcess } from '@chat/kit/testing/test-process';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { SUBGRAPH_NAMES } from '../subgraphs';
import type { Buildah } from './buildah';

/** The longest wait for an answer, and the pause between two questions, in milliseconds. */
const START_MS = 120_000;
const PAUSE_MS = 200;

/** crun, podman's default, needs rights that containers of CI do not have. */
const RUNTIME = ['--runtime=runc', '--cgroup-manager=cgroupfs'];
const RESTRICTIONS = [
  '--read-only',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--tmpfs=/tmp',
  '--volume=/data',
  '--ulimit=nofile=1024:1024',
  '--ulimit=nproc=1024:1024',
];

/** Why nothing can be started on this machine; undefined if it can. */
export function startRefusal(): string | undefined {
  const missing = ['podman', 'runc'].filter((program) => spawnSync(program, ['--version']).status !== 0);
  return missing.length === 0 ? undefined : `Install what is missing: apt-get install ${missing.join(' ')}`;
}

/**
 * Waits until the image answers: a subgraph that it is ready, everything else an operation. `standalone` starts its own servers.
 * @returns a problem, undefined if there is none
 */
export async function startProblem(
  { options }: Buildah,
  { postgres, redis }: TestServices,
  image: string,
  target: string,
): Promise<string | undefined> {
  const port = String(await freePort());
  const servers = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SECRET_KEY: 'a secret of 32 characters for a start',
  };
  const env = { ...(target === 'standalone' ? {} : servers), HOST: '127.0.0.1', PORT: port };
  const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
  await using container = new TestProcess({
    command: 'podman',
    flags: [],
    args: [...options, ...RUNTIME, 'run', '--rm', '--network=host', ...RESTRICTIONS, ...variables, image],
  });
  const url = `http://127.0.0.1:${port}${SUBGRAPH_NAMES.includes(target) ? '/health/ready' : '/graphql?query={__typename}'}`;
  const signal = AbortSignal.any([AbortSignal.timeout(START_MS), endOf(container)]);
  while (!signal.aborted) {
    const response = await fetch(url, { signal, headers: { 'apollo-require-preflight': 'yes' } }).catch(
      () => undefined,
    );
    if (response?.ok) return undefined;
    await sleep(PAUSE_MS);
  }
  return `does not answer at ${url}:\n${container.output.trim()}`;
}

function endOf(container: TestProcess): AbortSignal {
  const ended = new AbortController();
  void container.exited.then(() => ended.abort());
  return ended.signal;
}
