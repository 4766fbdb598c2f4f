/**
 * Scans per second of ClamAV's INSTREAM through this project, beside clamdscan, the client of ClamAV itself. All use one daemon with one
 * signature, so the figures show the cost of the protocol and the client, not that of a full set of signatures.
 */
import { createLogger } from '@chat/kit/logging';
import { startClamAv, type ClamAv } from '@chat/kit/testing/clamav';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ClamdScanner } from '../subgraphs/files/src/scanning/clamd-scanner';
import { numberOptions } from './harness/options';
import { CELLS, heading, table, type Figures } from './harness/report';
import { interleave } from './harness/rounds';

const MEASURES = { scans: 'scans/s', bytes: 'MB/s' };
const run = promisify(execFile);

interface Candidate {
  name: string;
  scanAll: () => Promise<void>;
}

async function main(): Promise<void> {
  const { rounds, files, kilobytes } = numberOptions({ rounds: 3, files: 400, kilobytes: 100 });
  const dir = await mkdtemp(join(tmpdir(), 'chat-bench-scans-'));
  try {
    const folder = join(dir, 'files');
    await mkdir(folder);
    const paths = Array.from({ length: files }, (_, index) => join(folder, String(index)));
    for (const path of paths) await writeFile(path, randomBytes(kilobytes * 1000));
    await using clamav = await startClamAv({ dir: join(dir, 'clamav') });
    const candidates = candidatesFor(clamav, folder, paths, kilobytes * 1000);
    for (const { scanAll } of candidates) await scanAll();
    const figures = await interleave(
      candidates,
      rounds,
      async ({ scanAll }): Promise<Figures<keyof typeof MEASURES>> => {
        const began = performance.now();
        await scanAll();
        const scans = files / ((performance.now() - began) / 1000);
        return { scans, bytes: (scans * kilobytes) / 1000 };
      },
    );
    const how = `${rounds} interleaved rounds; in each, ${files} files of ${kilobytes} kB with random bytes are scanned. clamdscan is one process a round.`;
    process.stdout.write(`${heading('files: malware scans', how)}\n`);
    const names = candidates.map(({ name }) => name);
    process.stdout.write(`${table(names, MEASURES, figures)}\n${CELLS}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function candidatesFor(clamav: ClamAv, folder: string, paths: string[], size: number): Candidate[] {
  const scanner = new ClamdScanner({ socket: clamav.socket, answerMs: 60_000, log: createLogger('bench', 'warn') });
  const scan = async (path: string) => {
    const { verdict } = await scanner.scan({ open: () => createReadStream(path), size });
    if (verdict !== 'CLEAN') throw new Error(`${path} is ${verdict}`);
  };
  const { clamdscan, env } = clamav.programs;
  const client = async (...options: string[]) => {
    const args = ['--config-file', clamav.configFile, '--quiet', ...options, folder];
    await run(clamdscan, args, { env: { ...env } });
  };
  const atOnce = async (width: number) => {
    const queue = paths.values();
    await Promise.all(
      Array.from({ length: width }, async () => {
        for (const path of queue) await scan(path);
      }),
    );
  };
  return [
    { name: 'ours, one at a time', scanAll: () => atOnce(1) },
    { name: 'ours, four at a time', scanAll: () => atOnce(4) },
    { name: 'clamdscan --stream', scanAll: () => client('--stream') },
    { name: 'clamdscan --multiscan --fdpass', scanAll: () => client('--multiscan', '--fdpass') },
  ];
}

void main();
