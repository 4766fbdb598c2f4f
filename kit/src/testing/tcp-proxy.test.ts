/** The faults of the proxy between a plain client and an echo server, on which the fault tests rely. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy, type TcpLink } from './tcp-proxy';

let server: Server;
let accepted: Socket[];
let proxy: TcpProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  accepted = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined).on('data', (bytes) => socket.write(bytes));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  proxy = await TcpProxy.start(`redis://127.0.0.1:${(server.address() as AddressInfo).port}/3`);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy[Symbol.asyncDispose]();
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function open(): Promise<{ client: Socket; link: TcpLink }> {
  const opening = proxy.nextLink();
  const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(client);
  await once(client, 'connect');
  return { client, link: await opening };
}

async function echo(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [bytes] = (await once(client, 'data')) as [Buffer];
  return bytes.toString();
}

/** Everything that `client` receives until its connection ends, or the error code of that end. */
async function rest(client: Socket): Promise<string> {
  let text = '';
  client.on('data', (bytes) => (text += bytes.toString()));
  const { promise, resolve } = Promise.withResolvers<string>();
  client.once('end', () => resolve(text)).once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  return promise;
}

test('forwards both ways, and keeps the rest of the URL', async () => {
  const { client } = await open();
  expect(await echo(client, 'one')).toBe('one');
  expect(proxy.url).toBe(`redis://127.0.0.1:${proxy.port}/3`);
  const ended = rest(client);
  client.end('two');
  await once(accepted[0]!, 'end');
  accepted[0]!.end();
  expect(await ended).toBe('two');
});

test('a frozen link is silent until it thaws; other links go on', async () => {
  const { client, link } = await open();
  const { client: other } = await open();
  await echo(client, 'before');
  link.freeze();
  const heard = once(client, 'data');
  client.write('during');
  expect(await Promise.race([heard.then(() => 'heard'), echo(other, 'other')])).toBe('other');
  link.thaw();
  expect(String((await heard)[0])).toBe('during');
});

test('a frozen link passes neither FIN nor RST on', async () => {
  const { client, link } = await open();
  const { client: other } = await open();
  await echo(client, 'before');
  await echo(other, 'before');
  link.freeze();
  client.resetAndDestroy();
  let isTold = false;
  accepted[0]!.once('close', () => (isTold = true)).once('end', () => (isTold = true));
  await echo(other, 'a round trip later');
  expect(isTold).toBe(false);
  const told = new Promise((resolve) => accepted[0]!.once('close', resolve));
  link.thaw();
  await told;
});

test('links that are opened while the proxy is frozen are accepted and stay silent until it thaws', async () => {
  proxy.freeze();
  const { client } = await open();
  const heard = once(client, 'data');
  client.write('hello');
  expect(accepted.flatMap((socket) => (socket.bytesRead > 0 ? [socket] : []))).toEqual([]);
  proxy.thaw();
  expect(String((await heard)[0])).toBe('hello');
});

test('a delay holds every chunk back, in order', async () => {
  const { client } = await open();
  proxy.delay(60);
  const began = performance.now();
  expect(await echo(client, 'slow')).toBe('slow');
  expect(performance.now() - began).toBeGreaterThanOrEqual(115);
});

test('a cut resets links, and a refusing proxy takes no new ones until it accepts again', async () => {
  const { client } = await open();
  await echo(client, 'before');
  const ended = rest(client);
  proxy.cut();
  expect(await ended).toBe('ECONNRESET');
  await proxy.refuse();
  const refused = connect({ port: proxy.port, host: '127.0.0.1' });
  expect(await rest(refused)).toBe('ECONNREFUSED');
  await proxy.accept();
  const { client: later } = await open();
  expect(await echo(later, 'after')).toBe('after');
});

test('a half-closed link goes on in the other direction', async () => {
  const { client, link } = await open();
  await echo(client, 'before');
  const ended = rest(client);
  link.halfClose('toClient');
  expect(await ended).toBe('');
  const heard = once(accepted[0]!, 'data');
  client.write('still here');
  expect(String((await heard)[0])).toBe('still here');
});

test('cuts the answer to a request that the server has carried out', async () => {
  const { client } = await open();
  const { client: other } = await open();
  const cut = proxy.cutAnswerTo(/commit/);
  expect(await echo(client, 'select')).toBe('select');
  const ended = rest(client);
  client.write('commit');
  expect(await ended).toBe('ECONNRESET');
  await cut;
  expect(accepted[0]!.bytesRead).toBe('select'.length + 'commit'.length);
  expect(await echo(other, 'commit')).toBe('commit');
});
