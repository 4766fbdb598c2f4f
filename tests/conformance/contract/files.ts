/** Files in the contract's operations: uploaded over HTTP by both kinds of URLs, watched, listed and downloaded. */
import { createHash } from 'node:crypto';
import { Upload } from 'tus-js-client';
import { eventually, inTime } from '@chat/kit/testing/eventually';
import type { Data, Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

const CONTENT = Buffer.from('bytes of a file '.repeat(10_000));
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

export function files(system: System): void {
  let ada: Person;
  let bob: Person;
  beforeAll(async () => {
    [ada, bob] = await system.people('ada', 'bob');
  });

  const begin = async (name: string): Promise<Data> =>
    ada.does('BeginUpload', { input: { name, size: CONTENT.length, mimeType: 'text/plain', sha256: SHA256 } });

  const put = async ({ uploadUrl, method, headers }: Data, content = CONTENT) =>
    fetch(uploadUrl, {
      method,
      headers: Object.fromEntries(headers.map(({ name, value }: Data) => [name, value])),
      body: Buffer.from(content),
    });

  const becomesReady = (id: string): Promise<Data> =>
    eventually(async () => {
      const file: Data = await ada.does('File', { id });
      return file.status === 'READY' && file;
    }, 'a file that is READY');

  test('a file is uploaded by PUT, watched, listed and downloaded', async () => {
    const begun = await begin('notes.txt');
    expect(begun.file.status).toBe('PENDING');
    expect(new URL(begun.uploadUrl).origin).toBe(new URL(system.url).origin);
    const { id } = begun.file;
    const changes = await ada.follows('FileStatusChanged', { id });
    const fails = async () => {
      await put(begun, Buffer.alloc(CONTENT.length));
      expect(await ada.isRefused('CompleteUpload', { id })).toMatchObject({ code: 'BAD_USER_INPUT' });
    };
    await changes.hasBegun(fails, ({ status }) => status === 'FAILED');
    expect((await put(begun)).ok).toBe(true);
    expect(await ada.does('CompleteUpload', { id })).toMatchObject({ id });
    await changes.until(({ status }) => status === 'READY');
    await changes.end();
    const file = await ada.does('File', { id });
    expect(file).toMatchObject({ name: 'notes.txt', size: CONTENT.length, sha256: SHA256, owner: { id: ada.id } });
    const download = await fetch(file.downloadUrl);
    expect(Buffer.from(await download.arrayBuffer()).equals(CONTENT)).toBe(true);
    expect(download.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await bob.isRefused('File', { id: file.id })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a file is uploaded by tus through the gateway', async () => {
    const begun = await begin('resumed.txt');
    const upload = new Promise<void>((resolve, reject) => {
      const options = { uploadUrl: begun.resumableUrl, chunkSize: 50_000, onSuccess: () => resolve(), onError: reject };
      new Upload(CONTENT, options).start();
    });
    await inTime('a tus upload', upload);
    await ada.does('CompleteUpload', { id: begun.file.id });
    expect(await becomesReady(begun.file.id)).toMatchObject({ sha256: SHA256 });
  });

  test('the list and the usage count what was uploaded', async () => {
    const { edges } = await ada.does('MyFiles', { first: 1 });
    expect(edges).toEqual([{ node: expect.objectContaining({ name: 'resumed.txt', size: CONTENT.length }) }]);
  });

  test('a shared file is seen by its account, and a deleted one by nobody', async () => {
    const begun = await begin('shared.txt');
    await put(begun);
    await ada.does('CompleteUpload', { id: begun.file.id });
    const { id } = await becomesReady(begun.file.id);
    expect(await ada.does('ShareFile', { id, userId: bob.id, permission: 'READ' })).toEqual({ id });
    expect(await bob.does('File', { id })).toMatchObject({ id, owner: { id: ada.id } });
    expect(await bob.isRefused('DeleteFile', { id })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ada.does('DeleteFile', { id })).toBe(true);
    for (const person of [ada, bob])
      expect(await person.isRefused('File', { id })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an attached file is seen by those who see the message, as long as they do', async () => {
    const eve = await system.person('eve');
    const begun = await begin('attached.txt');
    await put(begun);
    await ada.does('CompleteUpload', { id: begun.file.id });
    const { id } = await becomesReady(begun.file.id);
    const channelId = await privateChannel(ada, 'with a file', bob);
    const send = (attachmentIds: string[]) => ({ input: { channelId, body: 'see the file', attachmentIds } });
    expect(await bob.isRefused('SendMessage', send([id]))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await bob.isRefused('File', { id })).toMatchObject({ code: 'NOT_FOUND' });
    const sent = await ada.does('SendMessage', send([id]));
    expect(sent.attachments).toEqual([expect.objectContaining({ id, name: 'attached.txt' })]);
    const { downloadUrl } = await bob.does('File', { id });
    expect((await fetch(downloadUrl)).status).toBe(200);
    expect(await eve.isRefused('File', { id })).toMatchObject({ code: 'NOT_FOUND' });
    const found = await bob.does('SearchMessages', { query: 'has:file see', first: 5 });
    expect(JSON.stringify(found)).toContain(sent.id);

    await ada.does('RemoveMember', { channelId, userId: bob.id });
    expect(await bob.isRefused('File', { id })).toMatchObject({ code: 'NOT_FOUND' });
    expect((await fetch(downloadUrl)).status).toBe(404);
    await ada.does('DeleteFile', { id });
    const { messages } = await ada.does('ChannelHistory', { id: channelId, last: 1 });
    expect(messages.edges[0].node.attachments).toEqual([]);
  });
}
