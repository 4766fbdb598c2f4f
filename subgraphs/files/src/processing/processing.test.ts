/** From a complete upload to READY or REJECTED, with a real ClamAV that can be away, hang and learn. */
import { EICAR, signatures, startClamAv, type ClamAv } from '@chat/kit/testing/clamav';
import { eventually } from '@chat/kit/testing/eventually';
import { freePort } from '@chat/kit/process/free-port';
import { TestProcess } from '@chat/kit/testing/test-process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import * as content from '../testing/bad-files';
import { startTestFiles, type TestFiles, type Uploader } from '../testing/test-files';

const LIVE =
  'subscription ($id: ID!, $after: String) { fileStatusChanged(id: $id, after: $after) { id status scan { verdict signature } } }';

let dir: string;
let clamav: ClamAv;
let files: TestFiles;
let withoutScanner: TestFiles;
let owner: Uploader;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-processing-'));
  clamav = await startClamAv({ dir: join(dir, 'clamav'), settings: { MaxFileSize: '5M' } });
  files = await startTestFiles({
    CLAMD_HOST: clamav.host,
    CLAMD_PORT: String(clamav.port),
    CLAMD_TIMEOUT_SECONDS: '2',
    SCAN_RETRY_SECONDS: '1',
  });
  withoutScanner = await startTestFiles();
}, 300_000);
afterAll(async () => {
  await files[Symbol.asyncDispose]();
  await withoutScanner[Symbol.asyncDispose]();
  await clamav[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  owner = files.person();
});

const bytes = (text: string) => Buffer.from(text);

/** Sends and completes an upload, and does not wait for its processing. */
async function sends(person: Uploader, body: Buffer, name = 'file.bin'): Promise<string> {
  const begun = await person.begins({ name, size: body.length });
  await person.puts(begun, body);
  await person.completes(begun.file.id);
  return begun.file.id;
}

const query = async <Row>(of: TestFiles, sql: string, values: unknown[] = []): Promise<Row[]> => {
  const client = new Client({ connectionString: of.config.DATABASE_URL });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
};

/** The statuses of a file's events so far. */
const statuses = async (of: TestFiles, id: string): Promise<string[]> => {
  const sql = "select payload->>'status' as status from files.event where stream = $1 order by seq";
  return (await query<{ status: string }>(of, sql, [`file:${id}`])).map(({ status }) => status);
};

describe('with a scanner', () => {
  it('a clean file is READY, and its status came live', async () => {
    const begun = await owner.begins({ size: 5 });
    const { id } = begun.file;
    const live = await owner.follows(LIVE, { id });
    await owner.puts(begun, bytes('hello'));
    await owner.completes(id);
    const seen = [];
    for (let change = 0; change < 2; change++) seen.push((await live.next()).data.fileStatusChanged);
    await live.end();
    expect(seen).toEqual([
      { id, status: 'SCANNING', scan: { verdict: 'PENDING', signature: null } },
      { id, status: 'READY', scan: { verdict: 'CLEAN', signature: null } },
    ]);
    expect(await owner.file(id)).toMatchObject({ mimeType: 'text/plain', scan: { scannedAt: expect.any(String) } });
    expect(await (await owner.downloads(id)).text()).toBe('hello');
  });

  it.each<[string, () => Buffer, object]>([
    ['an infected file', () => bytes(EICAR), { verdict: 'INFECTED', signature: 'Test.Eicar.UNOFFICIAL' }],
    [
      'an infected file in an archive',
      () => content.zip([{ name: 'a', content: bytes(EICAR) }]),
      { verdict: 'INFECTED', signature: 'Test.Eicar.UNOFFICIAL' },
    ],
    [
      'a virus behind the limit of the scanner',
      () => bytes('a'.repeat(6_000_000) + EICAR),
      { verdict: 'NOT_SCANNED', signature: 'Heuristics.Limits.Exceeded.MaxFileSize' },
    ],
    [
      'a file that is over the limit and clean',
      () => Buffer.alloc(6_000_000, 'a'),
      { verdict: 'NOT_SCANNED', signature: 'Heuristics.Limits.Exceeded.MaxFileSize' },
    ],
  ])('%s is rejected, and its bytes are gone', async (_, body, scan) => {
    const id = await sends(owner, body());
    await owner.sees(id, 'REJECTED');
    expect(await owner.file(id)).toMatchObject({ scan, downloadUrl: null, thumbnailUrl: null });
    const blobs = () => query(files, 'select from files.blobs where key like $1', [`%${id}%`]);
    await eventually(async () => expect(await blobs()).toEqual([]), 'the removal of the bytes');
    expect(await statuses(files, id)).toEqual(['SCANNING', 'REJECTED']);
  });

  it('a file waits while the scanner is away, and is never passed', async () => {
    await clamav.kill();
    const ids = [await sends(owner, bytes('clean')), await sends(owner, bytes(EICAR))];
    const attempts = async () => {
      const sql =
        "select count(*)::int as count from graphile_worker.jobs where key like 'files:process-file:%' and run_at > now()";
      return (await query<{ count: number }>(files, sql))[0]!.count;
    };
    await eventually(async () => expect(await attempts()).toBe(2), 'both jobs waiting for their next attempt');
    for (const id of ids)
      expect(await owner.file(id)).toMatchObject({
        status: 'SCANNING',
        scan: { verdict: 'PENDING' },
        downloadUrl: null,
      });
    await clamav.start();
    await owner.sees(ids[0]!, 'READY');
    await owner.sees(ids[1]!, 'REJECTED');
  });

  it('a file waits while the scanner hangs', async () => {
    process.kill(clamav.pid!, 'SIGSTOP');
    const id = await sends(owner, bytes(EICAR));
    try {
      const sql = 'select from graphile_worker.jobs where key = $1 and run_at > now()';
      await eventually(async () => expect(await query(files, sql, [`files:process-file:${id}`])).toHaveLength(1));
      expect(await owner.file(id)).toMatchObject({ status: 'SCANNING', downloadUrl: null });
    } finally {
      process.kill(clamav.pid!, 'SIGCONT');
    }
    await owner.sees(id, 'REJECTED');
  });

  it('files are scanned again by new signatures, and a wrong one can be taken back', async () => {
    const id = await owner.uploads(bytes('a file with a secret worm'));
    const rescan = () => query(files, "select graphile_worker.add_job('files:rescan-files')");
    await clamav.learn(signatures({ 'Test.Eicar': EICAR, 'Test.Worm': 'secret worm' }));
    // Signatures without a version are noticed by the age of the scan.
    const grow = () =>
      query(files, "update files.files set scanned_at = now() - interval '8 days' where id = $1", [id]);
    await grow();
    await rescan();
    await owner.sees(id, 'REJECTED');
    expect(await owner.file(id)).toMatchObject({
      scan: { verdict: 'INFECTED', signature: 'Test.Worm.UNOFFICIAL' },
      downloadUrl: null,
    });

    await clamav.learn(signatures({ 'Test.Eicar': EICAR }));
    await query(files, "update files.files set scan_engine = 'ClamAV 1.0.0/1/old' where id = $1", [id]);
    await rescan();
    await owner.sees(id, 'READY');
    expect(await (await owner.downloads(id)).text()).toBe('a file with a secret worm');
    expect(await statuses(files, id)).toEqual(['SCANNING', 'READY', 'REJECTED', 'READY']);
  });

  it('a URL that was given before a file was rejected ends with it', async () => {
    const id = await owner.uploads(bytes('another worm'));
    const { downloadUrl } = await owner.file(id);
    expect((await fetch(downloadUrl)).status).toBe(200);
    await query(files, "update files.files set status = 'REJECTED' where id = $1", [id]);
    expect((await fetch(downloadUrl)).status).toBe(404);
  });
});

it('a process that is killed within a scan leaves a file that another one completes, once', async () => {
  const env = { CLAMD_SOCKET: clamav.socket, CLAMD_TIMEOUT_SECONDS: '1', SCAN_RETRY_SECONDS: '3600' };
  await using own = await startTestFiles(env);
  const person = own.person();
  const isLocked = async () =>
    expect(
      await query(own, 'select from graphile_worker.jobs where key is not null and locked_at is not null'),
    ).toHaveLength(1);
  let id: string;
  process.kill(clamav.pid!, 'SIGSTOP');
  try {
    id = await sends(person, bytes('half way'));
    await eventually(async () => {
      expect(await query(own, 'select from graphile_worker.jobs where run_at > now()')).toHaveLength(1);
    }, 'the end of the first attempt');
    await own.subgraph[Symbol.asyncDispose]();
    await query(own, 'update graphile_worker._private_jobs set run_at = now()');
    await using victim = new TestProcess({
      args: [join(__dirname, '../main.ts')],
      env: { ...settings(own), ...env, CLAMD_TIMEOUT_SECONDS: '100', PORT: String(await freePort()) },
    });
    await eventually(isLocked, 'a process that scans', 90_000);
    victim.signal('SIGKILL');
    await victim.exited;
    expect(await query(own, 'select status, mime_type from files.files')).toEqual([
      { status: 'SCANNING', mime_type: null },
    ]);
  } finally {
    process.kill(clamav.pid!, 'SIGCONT');
  }
  const heir = own.elsewhere(person, await own.startAnother());
  await eventually(async () => expect(await heir.file(id)).toMatchObject({ status: 'READY' }), 'the heir', 90_000);
  expect(await statuses(own, id)).toEqual(['SCANNING', 'READY']);
}, 240_000);

/** The environment of another process over the same database and store. */
const settings = ({ config, folder }: TestFiles): Record<string, string> => ({
  DATABASE_URL: config.DATABASE_URL,
  REDIS_URL: config.REDIS_URL,
  REDIS_PREFIX: config.REDIS_PREFIX,
  SECRET_KEY: config.SECRET_KEY,
  DATA_DIR: folder,
});

describe('without a scanner', () => {
  beforeEach(() => {
    owner = withoutScanner.person();
  });

  it('files are READY, and their verdict says that nothing was scanned', async () => {
    const id = await owner.uploads(bytes(EICAR));
    expect(await owner.file(id)).toMatchObject({ scan: { verdict: 'DISABLED', signature: null, scannedAt: null } });
  });

  it('a photo has facts and a thumbnail, and only its owner gets its place', async () => {
    const original = await content.photo();
    const id = await owner.uploads(original, { name: 'photo.jpg' });
    const file = await owner.file(id);
    expect(file).toMatchObject({ mimeType: 'image/jpeg', metadata: { width: 300, height: 400, cameraModel: 'One' } });
    for (const url of [file.thumbnailUrl, file.previewUrl]) {
      const image = await fetch(url);
      expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/webp']);
    }
    expect(file.textUrl).toBeNull();
    expect(Buffer.from(await (await owner.downloads(id)).arrayBuffer()).equals(original)).toBe(true);

    const administrator = withoutScanner.person('ADMIN');
    const shared = Buffer.from(await (await administrator.downloads(id)).arrayBuffer());
    expect(shared.subarray(0, 2)).toEqual(original.subarray(0, 2));
    expect(shared.includes('GPS') || shared.includes(Buffer.from([0x34, 0, 0, 0, 1]))).toBe(false);
    expect(shared.length).toBeLessThan(original.length);
  });

  it('a photo whose owner keeps its place goes out as it is', async () => {
    const original = await content.photo();
    const id = await owner.uploads(original, { keepLocation: true });
    const received = Buffer.from(await (await withoutScanner.person('ADMIN').downloads(id)).arrayBuffer());
    expect(received.equals(original)).toBe(true);
  });

  it.each<[string, () => Promise<Buffer> | Buffer, string, 'inline' | 'attachment']>([
    ['a picture', () => content.png(), 'image/png', 'inline'],
    ['a PDF', () => content.pdf(), 'application/pdf', 'inline'],
    [
      'HTML that claims to be a picture',
      () => bytes('<!doctype html><script>alert(1)</script>'),
      'text/html',
      'attachment',
    ],
    ['SVG', () => bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml', 'attachment'],
    ['a GIF that is a script', () => content.gifScript(), 'image/gif', 'attachment'],
    [
      'a PDF with a script',
      () => content.pdf({ catalogue: '/OpenAction <</S/JavaScript/JS(1)>>' }),
      'application/pdf',
      'attachment',
    ],
  ])('%s is delivered by its content, whatever it claims', async (_, body, mimeType, disposition) => {
    const id = await owner.uploads(await body(), { name: 'picture.png', mimeType: 'image/png' });
    expect(await owner.file(id)).toMatchObject({ mimeType });
    const { headers } = await owner.downloads(id);
    expect(headers.get('content-type')).toBe(mimeType);
    expect(headers.get('content-disposition')).toMatch(new RegExp(`^${disposition};`));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('a document has its text as an attachment', async () => {
    const id = await owner.uploads(content.word('Grüße aus dem Dokument'), { name: 'letter.docx' });
    const { textUrl, thumbnailUrl } = await owner.file(id);
    expect(thumbnailUrl).toBeNull();
    const response = await fetch(textUrl);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('content-disposition')).toContain('attachment; filename="letter.docx.txt"');
    expect(await response.text()).toContain('Grüße aus dem Dokument');
  });

  it('bombs cost no more than their own processes', async () => {
    const before = process.memoryUsage.rss();
    const bombs = [
      content.pixelBomb(60_000, 60_000),
      content.word('a'.repeat(100 << 20)),
      content.pdf({ kids: '2 0 R 2 0 R' }),
    ];
    const ids = await Promise.all(bombs.map((bomb) => owner.uploads(bomb)));
    for (const id of ids) expect((await owner.file(id)).thumbnailUrl).toBeNull();
    const { id } = { id: await owner.uploads(await content.jpeg()) };
    expect((await owner.file(id)).thumbnailUrl).toEqual(expect.any(String));
    expect(process.memoryUsage.rss() - before).toBeLessThan(500 << 20);
  });

  it('a job that runs twice changes the file once', async () => {
    const id = await owner.uploads(bytes('twice'));
    const payload = JSON.stringify({ fileId: id });
    await query(withoutScanner, "select graphile_worker.add_job('files:process-file', $1::json)", [payload]);
    await query(withoutScanner, "select graphile_worker.add_job('files:process-file', $1::json)", [payload]);
    await eventually(async () => {
      expect(
        await query(withoutScanner, "select from graphile_worker.jobs where task_identifier = 'files:process-file'"),
      ).toEqual([]);
    }, 'the end of both jobs');
    expect(await statuses(withoutScanner, id)).toEqual(['SCANNING', 'READY']);
  });
});
