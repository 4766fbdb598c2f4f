/**
 * A Chroma server of our own on 127.0.0.1, from its npm package. One that a killed process left behind is found by its pid file and stopped
 * at the next start. Chroma has no passwords, so it listens on the loopback interface only.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from '../logging';
import { endProcess } from '../process/end-process';
import { freePort } from '../process/free-port';
import { runsWith } from '../process/runs-with';
import { ServiceProcess } from '../process/service-process';
import type { EmbeddedService } from './service';

export interface ChromaOptions {
  /** The server's folder; created if it does not exist. Two servers never share one. */
  dir: string;
  log?: Logger;
}

/** The longest wait for one heartbeat, in milliseconds. */
const HEARTBEAT_MS = 1000;

/** Starts Chroma on a free port of 127.0.0.1. Takes about one second. */
export async function startChroma(options: ChromaOptions): Promise<EmbeddedService> {
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await stopChromaIn(dir);
  const port = await freePort();
  const program = join(dirname(require.resolve('chromadb')), '../cli.mjs');
  const server = new ServiceProcess(
    {
      name: 'Chroma',
      command: process.execPath,
      args: [program, 'run', '--path', dataIn(dir), '--host', '127.0.0.1', '--port', String(port)],
      env: { HOME: dir },
      logFile: join(dir, 'chroma.log'),
      stopSignal: 'SIGTERM',
      async isReady(pid) {
        await writeFile(pidFileIn(dir), String(pid), { mode: 0o600 });
        return hasHeartbeat(port);
      },
    },
    options.log,
  );
  await server.start();
  return Object.assign(server, { url: `http://127.0.0.1:${port}` });
}

const dataIn = (dir: string) => join(resolve(dir), 'data');
const pidFileIn = (dir: string) => join(resolve(dir), 'chroma.pid');

async function hasHeartbeat(port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${port}/api/v2/heartbeat`;
  const response = await fetch(url, { signal: AbortSignal.timeout(HEARTBEAT_MS) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok ?? false;
}

/** Ends the server that runs in `dir`, if there is one: for servers that outlived their parent. */
export async function stopChromaIn(dir: string): Promise<void> {
  const pid = Number(await readFile(pidFileIn(dir), 'utf8').catch(() => ''));
  if (pid && (await runsWith(pid, dataIn(dir)))) await endProcess(pid, ['SIGTERM', 'SIGKILL']);
  await rm(pidFileIn(dir), { force: true });
}
