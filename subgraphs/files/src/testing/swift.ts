/** A real S3 for tests: OpenStack Swift with its S3 API, from Debian's packages, in a temporary folder. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { freePort } from '@chat/kit/process/free-port';
import { eventually } from '@chat/kit/testing/eventually';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

const PACKAGES = ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'memcached', 'python3'];
/** Slow machines take long to load its modules. */
const START_MS = 90_000;

export interface TestS3 extends AsyncDisposable {
  endpoint: string;
  /** A bucket of this test's own. */
  bucket: string;
  /** The variables of a files process that stores there. */
  env: Record<string, string>;
}

const USER = { accessKeyId: 'test:tester', secretAccessKey: 'testing' };

export async function startSwift(): Promise<TestS3> {
  const { root, libraryPath } = await fetchDebianPackages({
    name: 'swift',
    packages: PACKAGES,
    program: 'usr/bin/swift-proxy-server',
  });
  const folder = await mkdtemp(join(tmpdir(), 'chat-swift-'));
  const [proxy, account, container, object, cache] = (await distinctPorts(5)).map(String) as [string, ...string[]];

  const env = {
    PATH: process.env['PATH'],
    LD_LIBRARY_PATH: libraryPath,
    PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
  };
  const user = userInfo().username;
  const memcached = spawn(join(root, 'usr/bin/memcached'), ['-u', user, '-l', '127.0.0.1', '-p', cache!, '-m', '16'], {
    stdio: 'ignore',
    env,
  });
  // The packages hold native modules for the distribution's own Python. The pipe ends Swift with this process.
  const python = '/usr/bin/python3';
  const args = [join(__dirname, 'swift-server.py'), folder, proxy, account!, container!, object!, cache!];
  const swift = spawn(python, args, { stdio: ['pipe', 'ignore', 'pipe'], env });
  let complaint = '';
  swift.stderr.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-2000)));
  const endpoint = `http://127.0.0.1:${proxy}`;
  const stop = async () => {
    const ended = [swift, memcached].filter(({ exitCode }) => exitCode === null).map((child) => once(child, 'exit'));
    swift.stdin.end();
    swift.kill();
    memcached.kill();
    await Promise.all(ended);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
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
      if (swift.exitCode !== null) throw new Error(`Swift has ended: ${complaint}`);
      return client.send(new CreateBucketCommand({ Bucket: bucket })).then(
        () => true,
        () => false,
      );
    };
    await eventually(create, 'a bucket of Swift', START_MS);
    client.destroy();
    return {
      endpoint,
      bucket,
      env: {
        STORAGE_TYPE: 's3',
        STORAGE_BUCKET: bucket,
        STORAGE_ENDPOINT: endpoint,
        STORAGE_PATH_STYLE: 'true',
        STORAGE_ACCESS_KEY: USER.accessKeyId,
        STORAGE_SECRET_KEY: USER.secretAccessKey,
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function distinctPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
