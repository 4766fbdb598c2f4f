/** Downloads of files that are too long end at the limit. The server reads a sparse file, which takes no room. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { newId } from '../ids';
import { downloadFile } from './file-download';

const LENGTH = 500 * 1024 * 1024;
const LIMIT = 1024 * 1024;
/** What both ends of a connection may hold beyond what is read. */
const BUFFERS = 16 * 1024 * 1024;

test.each([
  ['says so', { 'content-length': String(LENGTH) }],
  ['does not say so', {}],
])('of 500 MB, of a server that %s, hardly anything is sent', async (_what, headers) => {
  await using parts = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'chat-download-'));
  parts.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, 'sparse');
  const file = await open(path, 'w');
  await file.truncate(LENGTH);
  await file.close();
  const sent = Promise.withResolvers<number>();
  const server = createServer((request, response) => {
    response.writeHead(200, headers);
    const { socket } = request;
    const end = () => sent.resolve(socket.bytesWritten);
    pipeline(createReadStream(path), response).then(end, end);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  parts.defer(() => void server.close());
  parts.defer(() => server.closeAllConnections());
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const viewer = { id: newId(), roles: [], permissions: [] };
  const download = downloadFile({ secret: 'a secret of 32 characters, at least', publicUrl }, viewer, newId(), LIMIT);
  await expect(download).rejects.toThrow(RangeError);
  expect(await sent.promise).toBeLessThan(LIMIT + BUFFERS);
});
