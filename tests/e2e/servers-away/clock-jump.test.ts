// cspell:words faketime libfaketime DONT
/**
 * The clock of the chat's host jumps an hour ahead, and an hour back: subscriptions stay, messages and scheduled messages arrive, limits do not
 * lock anybody out. The servers keep the right time, as on other hosts. Needs libfaketime, from Debian's packages.
 */
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { eventually } from '@chat/kit/testing/eventually';
import { globSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeDocument } from '../../generated/operations';
import { startChat } from '../../harness/chat';
import { follow } from '../../harness/follow';
import { RemotePerson } from '../../harness/remote-person';

const HOUR = 3600;
const SCHEDULE = `mutation ($input: ScheduleMessageInput!) { scheduleMessage(input: $input) { id } }`;

/** @returns the library; undefined if it is neither here nor to be had */
async function findLibrary(): Promise<string | undefined> {
  const pattern = 'usr/lib/*/faketime/libfaketime.so.1';
  const [installed] = globSync(`/${pattern}`);
  if (installed) return installed;
  const options = { name: 'faketime', packages: ['faketime'], program: 'usr/bin/faketime' };
  const fetched = await fetchDebianPackages(options).catch(() => undefined);
  return fetched && globSync(join(fetched.root, pattern))[0];
}

test('the chat goes on while its clock jumps by an hour', async () => {
  const library = await findLibrary();
  if (!library) return void process.stdout.write('NOT TESTED: libfaketime is missing and cannot be fetched.\n');
  await using parts = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-clock-'));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const clock = join(dir, 'clock');
  const setClock = async (seconds: number) => {
    await writeFile(`${clock}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await rename(`${clock}.new`, clock);
  };
  await setClock(0);
  const database = parts.use(await createTestDatabase('empty', () => Promise.resolve()));
  const chat = parts.use(
    await startChat({
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      DATABASE_URL: database.url,
      DATA_DIR: join(dir, 'data'),
      ACCESS_TOKEN_LIFETIME_SECONDS: '86400',
    }),
  );
  const { url } = chat;
  const ada = parts.use(await RemotePerson.registers(url, 'ada'));
  const { channelId } = await ada.opens();
  const following = await follow(url, ada.token!, channelId, () => ada.sends(channelId, 'hello'));
  parts.defer(() => following.close());
  const { arrives } = following;
  const clockOfChat = async () =>
    Date.parse((await fetch(new URL('/health/live', chat.ownUrl))).headers.get('date') ?? '');
  for (const [name, offset] of [
    ['ahead', HOUR],
    ['behind', -HOUR],
    ['right', 0],
  ] as const) {
    const scheduled = `scheduled before the clock was ${name}`;
    const sendAt = new Date((await clockOfChat()) + 3_000);
    await ada.does(SCHEDULE, { input: { channelId, body: scheduled, sendAt } });
    await setClock(offset);
    await eventually(
      async () => Math.abs((await clockOfChat()) - Date.now() - offset * 1000) < 60_000,
      `a clock that is ${name}`,
    );
    const sent = `sent while the clock was ${name}`;
    await ada.sends(channelId, sent);
    await arrives(sent);
    if (name === 'ahead') await arrives(scheduled);
    await using again = await RemotePerson.logsIn(url, 'ada');
    expect(await again.does(MeDocument, {})).toMatchObject({ me: { username: 'ada' } });
    await using _newcomer = await RemotePerson.registers(url, `newcomer-${name}`);
  }
  expect(chat.output()).not.toMatch(/"level":(50|60)/);
}, 180_000);
