/**
 * A real S3 for tests: OpenStack Swift with its S3 API, from Debian's packages, in a temporary folder. One serves all tests that are
 * loaded together, and ends with their process.
 */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { freePort } from '@chat/kit/process/free-port';
import { eventually } from '@chat/kit/testing/eventually';
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGES = ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'memcached', 'python3'];
/** Slow machines take long to load its modules. */
const START_MS = 90_000;

/** A bucket of its caller's own. */
export interface TestBucket {
  endpoint: string;
  /** The variables of a files process that stores there. */
  env: Record<string, string>;
}

const USER = { accessKeyId: 'test:tester', secretAccessKey: 'testing' };

interface Swift {
  endpoint: string;
  /** @throws if Swift has ended */
  check: () => void;
}

let swift: Promise<Swift> | undefined;

/** Creates a bucket. The first call starts Swift (5 s), and fetches it if it is not in the cache. */
export async function createTestBucket(): Promise<TestBucket> {
  swift ??= startSwift();
  const { endpoint, check } = await swift;
  const bucket = `files-${randomBytes(4).toString('hex')}`;
  const client = new S3Client({
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials: USER,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const create = async () => {
    check();
    return client.send(new CreateBucketCommand({ Bucket: bucket })).then(
      () => true,
      () => false,
    );
  };
  await eventually(create, 'a bucket of Swift', START_MS);
  client.destroy();
  return {
    endpoint,
    env: {
      STORAGE_TYPE: 's3',
      STORAGE_BUCKET: bucket,
      STORAGE_ENDPOINT: endpoint,
      STORAGE_PATH_STYLE: 'true',
      STORAGE_ACCESS_KEY: USER.accessKeyId,
      STORAGE_SECRET_KEY: USER.secretAccessKey,
    },
  };
}

/** Does not wait until it answers. */
async function startSwift(): Promise<Swift> {
  const { root, libraryPath } = await fetchDebianPackages({
    name: 'swift',
    packages: PACKAGES,
    program: 'usr/bin/swift-proxy-server',
  });
  const folder = await mkdtemp(join(tmpdir(), 'chat-swift-'));
  const ports = (await distinctPorts(5)).map(String);
  const env = {
    PATH: process.env['PATH'],
    LD_LIBRARY_PATH: libraryPath,
    PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
  };
  // The packages hold native modules for the distribution's own Python. The pipe ends Swift with this process.
  const script = join(__dirname, 'swift-server.py');
  const child = spawn('/usr/bin/python3', [script, folder, join(root, 'usr/bin/memcached'), ...ports], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env,
  });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-2000)));
  for (const handle of [child, child.stdin as Socket, child.stderr as Socket]) handle.unref();
  return {
    endpoint: `http://127.0.0.1:${ports[0]}`,
    check: () => {
      if (child.exitCode !== null) throw new Error(`Swift has ended: ${complaint}`);
    },
  };
}

async function distinctPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
