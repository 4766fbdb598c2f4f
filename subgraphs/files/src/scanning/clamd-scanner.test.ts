/** Verdicts of a real ClamAV, and every way in which it can fail to give one. */
import { createLogger } from '@chat/kit/logging';
import { EICAR, startClamAv, type ClamAv } from '@chat/kit/testing/clamav';
import { eventually } from '@chat/kit/testing/eventually';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ClamdScanner, verdictOf } from './clamd-scanner';
import { ScannerUnavailableError, type ScanContent } from './file-scanner';

const MB = 1_000_000;
const log = createLogger('test', 'silent');
const scannerOf = (address: { host?: string; port?: number; socket?: string }, answerMs = 20_000) =>
  new ClamdScanner({ ...address, answerMs, log });

const content = (bytes: Buffer | string, isLeaf = true): ScanContent => {
  const buffer = Buffer.from(bytes);
  const pieces = Array.from({ length: Math.ceil(buffer.length / 65_536) }, (_, piece) =>
    buffer.subarray(piece * 65_536, (piece + 1) * 65_536),
  );
  return { open: () => Readable.from(pieces), size: buffer.length, isLeaf: async () => isLeaf };
};
/** EICAR behind so many bytes of text. */
const behind = (bytes: number) => content('a'.repeat(bytes) + EICAR);

const CLEAN = { verdict: 'CLEAN', signature: null };
const INFECTED = { verdict: 'INFECTED', signature: 'Test.Eicar.UNOFFICIAL' };

let dir: string;
let clamav: ClamAv;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-clamav-'));
  clamav = await startClamAv({ dir: join(dir, 'strict'), settings: { MaxFileSize: '5M', StreamMaxLength: '20M' } });
}, 300_000);
afterAll(async () => {
  await clamav[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

describe.each(['TCP', 'socket'])('over %s', (transport) => {
  const scanner = () =>
    scannerOf(transport === 'TCP' ? { host: clamav.host, port: clamav.port } : { socket: clamav.socket });

  it('tells clean from infected files', async () => {
    expect(await scanner().scan(content('hello'))).toEqual(CLEAN);
    expect(await scanner().scan(content(''))).toEqual(CLEAN);
    expect(await scanner().scan(content(EICAR))).toEqual(INFECTED);
    expect(await scanner().scan(behind(2 * MB))).toEqual(INFECTED);
  });

  it('never calls a file clean that exceeds a limit', async () => {
    expect(await scanner().scan(behind(6 * MB))).toEqual({
      verdict: 'NOT_SCANNED',
      signature: 'Heuristics.Limits.Exceeded.MaxFileSize',
    });
    for (const size of [21 * MB, 60 * MB])
      expect(await scanner().scan(behind(size))).toEqual({ verdict: 'NOT_SCANNED', signature: 'StreamMaxLength' });
  });

  it('names engine and signatures', async () => {
    expect(await scanner().version()).toMatch(/^ClamAV \d+\.\d+/);
  });
});

it('learns new signatures', async () => {
  await using other = await startClamAv({ dir: join(dir, 'learning'), signatures: 'First:0:*:6669727374\n' });
  const scanner = scannerOf({ port: other.port });
  expect(await scanner.scan(content('the second'))).toEqual(CLEAN);
  await other.learn('Second:0:*:7365636f6e64\n');
  expect(await scanner.scan(content('the second'))).toEqual({ verdict: 'INFECTED', signature: 'Second.UNOFFICIAL' });
});

it('trusts a clamd that keeps quiet about its limits only about small files that hold no others', async () => {
  await using quiet = await startClamAv({
    dir: join(dir, 'quiet'),
    settings: { MaxFileSize: '5M', AlertExceedsMax: null },
  });
  const scanner = scannerOf({ port: quiet.port });
  const notScanned = { verdict: 'NOT_SCANNED', signature: 'AlertExceedsMax is off' };
  expect(await scanner.scan(behind(6 * MB))).toEqual(notScanned);
  expect(await scanner.scan(content('a small container', false))).toEqual(notScanned);
  expect(await scanner.scan(content('a small text'))).toEqual(CLEAN);
  expect(await scanner.scan(content(EICAR))).toEqual(INFECTED);
});

it('recognises a clamd that reports its limits even at the highest ones', async () => {
  await using generous = await startClamAv({
    dir: join(dir, 'generous'),
    settings: { MaxFileSize: '2000M', MaxScanSize: '4000M', StreamMaxLength: '100M', MaxRecursion: '100' },
  });
  const scanner = scannerOf({ port: generous.port });
  expect(await scanner.scan(content('a container', false))).toEqual(CLEAN);
  expect(await scanner.scan(behind(6 * MB))).toEqual(INFECTED);
});

describe('without a verdict', () => {
  it.each([
    'stream: OK ',
    'stream: OKAY',
    'OK',
    '',
    'UNKNOWN COMMAND',
    'stream: Can’t allocate memory ERROR',
    'stream: FOUND',
  ])('"%s" is none', (answer) => expect(() => verdictOf(answer)).toThrow(ScannerUnavailableError));

  it('a daemon that is away is unavailable, and its return is noticed', async () => {
    await using mortal = await startClamAv({ dir: join(dir, 'mortal') });
    const scanner = scannerOf({ port: mortal.port });
    await mortal.kill();
    await expect(scanner.scan(content(EICAR))).rejects.toThrow(ScannerUnavailableError);
    await expect(scanner.version()).rejects.toThrow(ScannerUnavailableError);
    await mortal.start();
    expect(await scanner.scan(content(EICAR))).toEqual(INFECTED);
  });

  it('a daemon that dies in the middle of a stream is unavailable', async () => {
    await using mortal = await startClamAv({ dir: join(dir, 'dying') });
    let killed: Promise<void> | undefined;
    async function* pieces() {
      yield Buffer.alloc(MB);
      await (killed ??= mortal.kill());
      for (let piece = 0; piece < 50; piece++) yield Buffer.alloc(MB);
    }
    const scan = scannerOf({ port: mortal.port }).scan({ open: () => Readable.from(pieces()), size: 51 * MB });
    await expect(scan).rejects.toThrow(ScannerUnavailableError);
  });

  it('a daemon that hangs is unavailable after the time limit', async () => {
    await using hanging = await startClamAv({ dir: join(dir, 'hanging') });
    process.kill(hanging.pid!, 'SIGSTOP');
    try {
      await expect(scannerOf({ port: hanging.port }, 300).scan(content('hello'))).rejects.toThrow(
        ScannerUnavailableError,
      );
    } finally {
      process.kill(hanging.pid!, 'SIGCONT');
    }
    await eventually(async () => expect(await scannerOf({ port: hanging.port }).scan(content('hello'))).toEqual(CLEAN));
  });

  it('gives up at once when its signal aborts', async () => {
    const server = createServer(() => undefined);
    await using address = await listening(server);
    const abort = new AbortController();
    const scan = scannerOf(address).scan(content('hello'), abort.signal);
    await once(server, 'connection');
    abort.abort();
    await expect(scan).rejects.toThrow();
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closes without an answer', (socket) => socket.on('data', () => socket.end())],
    ['answers in part', (socket) => socket.on('data', () => socket.end('stream: O'))],
    ['answers something else', (socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n\0'))],
    ['never stops answering', (socket) => socket.on('data', () => void Readable.from(endless()).pipe(socket))],
  ])('a server that %s is no scanner', async (_, behave) => {
    const server = createServer((socket) => behave(socket.on('error', () => undefined)));
    await using address = await listening(server);
    await expect(scannerOf(address).scan(content('hello'))).rejects.toThrow(ScannerUnavailableError);
  });

  it('an error of the content is no error of the scanner', async () => {
    const broken = () =>
      Readable.from(
        (async function* () {
          yield Buffer.from('a');
          throw new Error('the disk is gone');
        })(),
      );
    await expect(scannerOf({ port: clamav.port }).scan({ open: broken, size: 2 })).rejects.toThrow('the disk is gone');
  });
});

function* endless() {
  for (;;) yield 'x'.repeat(10_000);
}

async function listening(server: Server) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
