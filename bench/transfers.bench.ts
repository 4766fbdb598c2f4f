/**
 * Uploads and downloads of 1 kB, 1 MB and 1 GB through the files subgraph on a local disk, beside nginx, which takes and serves the same bytes
 * (PUT of its WebDAV module, static files). Uploads of ours are beginUpload, PUT and completeUpload, which reads the bytes back and hashes
 * them. Inspection runs in other processes beside, and is not counted.
 */
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { Viewer } from '@chat/kit/auth/viewer';
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { newId } from '@chat/kit/ids';
import { freePort } from '@chat/kit/process/free-port';
import { eventually } from '@chat/kit/testing/eventually';
import { startTestServices } from '@chat/kit/testing/services';
import { TestProcess, TICKS_PER_SECOND } from '@chat/kit/testing/test-process';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { numberOptions } from './harness/options';
import { CELLS, heading, table, type Figures } from './harness/report';
import { interleave } from './harness/rounds';

const SECRET_KEY = 'a secret key that only benchmarks have';
const MEASURES = {
  transfers: 'transfers/s',
  throughput: 'MB/s',
  cpu: 'processor seconds/GB',
  each: 'processor ms/transfer',
  memory: 'peak of resident memory, MB',
  growth: 'growth of resident memory, MB',
};
/** Between two samples of memory. */
const SAMPLE_MS = 100;
// cspell:words fastcgi uwsgi scgi
const CHUNK = randomBytes(1_000_000);

interface Candidate {
  name: string;
  /** The processes that do the work. */
  pids: () => readonly number[];
  upload: (size: number) => Promise<unknown>;
  /** @returns a URL of so many bytes */
  offer: (size: number) => Promise<string>;
}

async function main(): Promise<void> {
  const { rounds, small, medium, large } = numberOptions({ rounds: 3, small: 100, medium: 20, large: 1 });
  const sizes = [
    { name: '1 kB', size: 1_000, count: small },
    { name: '1 MB', size: 1_000_000, count: medium },
    { name: '1 GB', size: 1_000_000_000, count: large },
  ].filter(({ count }) => count > 0);
  const dir = await mkdtemp(join(tmpdir(), 'chat-bench-transfers-'));
  await using parts = new AsyncDisposableStack();
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const candidates = [await ours(dir, parts), await nginx(dir, parts)];
  const names = candidates.map(({ name }) => name);
  const how = `${rounds} interleaved rounds, one transfer at a time; in each, ${sizes.map(({ name, count }) => `${count} × ${name}`).join(', ')}. Client and servers share all processors.`;
  process.stdout.write(`${heading('files: uploads and downloads', how)}\n`);
  for (const { name, size, count } of sizes) {
    const repeat = async (work: () => Promise<unknown>) => {
      for (let index = 0; index < count; index++) await work();
    };
    const uploads = await interleave(candidates, rounds, (candidate) =>
      measure(candidate, size * count, count, () => repeat(() => candidate.upload(size))),
    );
    process.stdout.write(`### Uploads of ${name}\n\n${table(names, MEASURES, uploads)}\n`);
    const urls = new Map<string, string>();
    for (const candidate of candidates) urls.set(candidate.name, await candidate.offer(size));
    const downloads = await interleave(candidates, rounds, (candidate) =>
      measure(candidate, size * count, count, () => repeat(() => download(urls.get(candidate.name)!, size))),
    );
    process.stdout.write(`### Downloads of ${name}\n\n${table(names, MEASURES, downloads)}\n`);
  }
  process.stdout.write(CELLS);
}

async function measure(
  { pids }: Candidate,
  bytes: number,
  count: number,
  work: () => Promise<void>,
): Promise<Figures<keyof typeof MEASURES>> {
  const processes = pids();
  for (const pid of processes) writeFileSync(`/proc/${pid}/clear_refs`, '5'); // resets the peak
  const before = total(processes, cpuSeconds);
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(total(processes, residentMb)), SAMPLE_MS);
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  clearInterval(sampling);
  const used = total(processes, cpuSeconds) - before;
  return {
    transfers: count / seconds,
    throughput: bytes / 1e6 / seconds,
    cpu: used / (bytes / 1e9),
    each: (used * 1000) / count,
    memory: total(processes, peakMb),
    growth: growth(samples),
  };
}

/** From the first quarter of the samples to the last, in means. Near 0 if memory does not depend on the bytes that went through. */
function growth(samples: readonly number[]): number {
  const quarter = Math.floor(samples.length / 4);
  const mean = (some: readonly number[]) => some.reduce((sum, value) => sum + value, 0) / some.length;
  return quarter === 0 ? NaN : mean(samples.slice(-quarter)) - mean(samples.slice(0, quarter));
}

const total = (pids: readonly number[], of: (pid: number) => number) => pids.reduce((sum, pid) => sum + of(pid), 0);

/** Without children: inspections are processes of their own. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

const peakMb = (pid: number) => statusMb(pid, 'VmHWM');
const residentMb = (pid: number) => statusMb(pid, 'VmRSS');

function statusMb(pid: number, name: string): number {
  const [, kibibytes] = new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}

async function ours(dir: string, parts: AsyncDisposableStack): Promise<Candidate> {
  const services = parts.use(await startTestServices());
  const port = await freePort();
  const files = parts.use(
    new TestProcess({
      args: ['subgraphs/files/src/main.ts'],
      env: {
        NODE_ENV: 'production',
        DATABASE_URL: services.postgres.url,
        REDIS_URL: services.redis.url,
        SECRET_KEY,
        DATA_DIR: dir,
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        FILE_QUOTA_BYTES: '0',
        DOWNLOAD_URL_SECONDS: '86400',
      },
    }),
  );
  await files.waitFor(/"msg":"ready"/, 120_000);
  const header = new ViewerHeader(SECRET_KEY);
  const id = newId();
  const expiresAt = Math.floor(Date.now() / 1000) + 36_000;
  const viewer: Viewer = { id, sessionId: newId(), roles: ['USER'], permissions: ['READ', 'WRITE'], expiresAt };
  const ask = async <Data>(query: string, variables: object): Promise<Data> => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [VIEWER_HEADER]: header.sign(viewer) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] };
    if (errors) throw new Error(errors[0]!.message);
    return data;
  };
  const upload = async (size: number): Promise<string> => {
    const begin = 'mutation ($input: BeginUploadInput!) { beginUpload(input: $input) { file { id } uploadUrl } }';
    const { beginUpload } = await ask<{ beginUpload: { file: { id: string }; uploadUrl: string } }>(begin, {
      input: { name: 'bench.bin', size },
    });
    await put(beginUpload.uploadUrl, size);
    await ask('mutation ($id: ID!) { completeUpload(id: $id) { id } }', beginUpload.file);
    return beginUpload.file.id;
  };
  return {
    name: 'ours',
    pids: () => [files.pid],
    upload,
    async offer(size) {
      const uploaded = await upload(size);
      const query = 'query ($id: ID!) { file(id: $id) { downloadUrl } }';
      const find = async () => (await ask<{ file: { downloadUrl: string | null } }>(query, { id: uploaded })).file;
      await eventually(async () => (await find()).downloadUrl !== null, 'a file that is READY', 600_000);
      return (await find()).downloadUrl!;
    },
  };
}

async function nginx(dir: string, parts: AsyncDisposableStack): Promise<Candidate> {
  const { root, libraryPath } = await fetchDebianPackages({
    name: 'nginx',
    packages: ['nginx-light'],
    program: 'usr/sbin/nginx',
  });
  const [port, home] = [await freePort(), join(dir, 'nginx')];
  await mkdir(join(home, 'files'), { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
  await writeFile(
    join(home, 'nginx.conf'),
    `daemon off; user root; pid nginx.pid; error_log stderr warn; worker_processes 1;
events { worker_connections 512; }
http { access_log off; sendfile on; client_max_body_size 0; ${temporary.join(' ')}
server { listen 127.0.0.1:${port}; root files; dav_methods PUT; } }`,
  );
  const args = ['-p', home, '-c', join(home, 'nginx.conf'), '-e', 'stderr'];
  const server = spawn(join(root, 'usr/sbin/nginx'), args, { env: { LD_LIBRARY_PATH: libraryPath }, stdio: 'ignore' });
  parts.defer(async () => {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  });
  const url = `http://127.0.0.1:${port}/bench.bin`;
  await eventually(() => fetch(url).then(({ status }) => status === 404), 'nginx', 20_000);
  const children = execFileSync('pgrep', ['-P', String(server.pid)], { encoding: 'utf8' });
  const pids = children.trim().split('\n').map(Number);
  return {
    name: 'nginx',
    pids: () => pids,
    upload: (size) => put(url, size),
    async offer(size) {
      await put(url, size);
      return url;
    },
  };
}

async function put(url: string, size: number): Promise<void> {
  const headers = { 'content-length': size, 'content-type': 'application/octet-stream' };
  const sent = request(url, { method: 'PUT', headers });
  const answered = once(sent, 'response');
  Readable.from(chunks(size)).pipe(sent);
  const [response] = (await answered) as [IncomingMessage];
  response.resume();
  if (response.statusCode! >= 300) throw new Error(`PUT was answered with ${response.statusCode}.`);
  await once(response, 'end');
}

function* chunks(size: number): Generator<Buffer> {
  for (let rest = size; rest > 0; rest -= CHUNK.length) yield CHUNK.subarray(0, Math.min(rest, CHUNK.length));
}

async function download(url: string, size: number): Promise<void> {
  const [response] = (await once(request(url).end(), 'response')) as [IncomingMessage];
  let received = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
  if (received !== size) throw new Error(`${received} bytes came instead of ${size}.`);
}

void main();
