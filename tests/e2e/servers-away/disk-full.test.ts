// cspell:words tmpfs ENOSPC umount
/**
 * The disk of PostgreSQL becomes full while people write: refusals carry a code, reading goes on, nothing acknowledged is lost, and writing goes on
 * by itself once there is room. On a tmpfs, so only root can run it. full-disk.test.ts of the files subgraph does the same for uploads.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { eventually } from '@chat/kit/testing/eventually';
import { execFile } from 'node:child_process';
import { open, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HistoryDocument } from '../../generated/operations';
import { startChat } from '../../harness/chat';
import { RemotePerson } from '../../harness/remote-person';

const run = promisify(execFile);

/** Room for a new installation and its first segments of the write-ahead log. */
const DISK_MB = 260;
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
const PAGE = 100;

/** Takes all room that is left. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const block of [Buffer.alloc(1 << 20), Buffer.alloc(1 << 12)])
      for (;;) {
        const { code } = await file.write(block).then(
          () => ({ code: '' }),
          (error: NodeJS.ErrnoException) => error,
        );
        if (code === 'ENOSPC') break;
        if (code) throw new Error(code);
      }
  } finally {
    await file.close();
  }
}

test('a full disk refuses writes with a code, loses nothing, and recovers by itself', async () => {
  await using parts = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-disk-'));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=0755`, 'chat-disk', dir]);
  } catch {
    return void process.stdout.write('NOT TESTED: only root can mount a small disk.\n');
  }
  parts.defer(async () => void (await run('umount', ['-l', dir])));
  const postgres = parts.use(
    await startPostgres({ dir: join(dir, 'postgres'), settings: { max_wal_size: '64MB', min_wal_size: '32MB' } }),
  );
  const { url } = parts.use(
    await startChat({
      DATABASE_URL: postgres.url,
      DATA_DIR: join(dir, 'data'),
      RATE_LIMIT_PER_MINUTE: '0',
    }),
  );
  const ada = parts.use(await RemotePerson.registers(url, 'ada'));
  const { channelId } = await ada.opens();

  /** The number at the beginning of each acknowledged message. */
  const acknowledged: number[] = [];
  const send = async (): Promise<string | undefined> => {
    const number = acknowledged.length;
    const input = { channelId, body: `${number} ${'room '.repeat(700)}`, clientMutationId: String(number) };
    const { errors } = await ada.asks(SEND, { input });
    if (errors) return String(errors[0]!.extensions?.['code']);
    acknowledged.push(number);
    return undefined;
  };
  for (let count = 0; count < 20; count++) expect(await send()).toBeUndefined();

  const ballast = join(dir, 'ballast');
  await fill(ballast);
  const codes = new Set<string>();
  await eventually(async () => {
    const code = await send();
    if (code) codes.add(code);
    return code !== undefined;
  }, 'a refusal');
  process.stdout.write(`refused after ${acknowledged.length} messages: ${[...codes].join()}\n`);
  for (let count = 0; count < 5; count++) codes.add((await send()) ?? 'OK');
  codes.delete('OK');
  expect([...codes]).toEqual(['SERVICE_UNAVAILABLE']);

  await rm(ballast);
  await eventually(async () => (await send()) === undefined, 'writing once there is room');
  const { channel } = await ada.does(HistoryDocument, { id: channelId, last: PAGE });
  // The first message is the channel's own.
  const kept = channel.messages.edges.map(({ node }) => Number.parseInt(node.body, 10)).filter(Number.isInteger);
  expect(kept).toEqual(acknowledged.slice(-kept.length));
}, 180_000);
