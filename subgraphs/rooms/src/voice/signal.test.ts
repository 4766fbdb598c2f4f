/** Signals between occupants, and the credentials of TURN servers. */
import { createHmac } from 'node:crypto';
import type { Listening } from '@chat/kit/testing/person';
import type { RoomPerson } from '../testing/room-person';
import { startTestRooms, TestGateway, type TestRooms } from '../testing/test-rooms';
import { IceServers } from './ice-servers';

const SEND = 'mutation ($input: SendSignalInput!) { sendSignal(input: $input) }';

let rooms: TestRooms;
let ada: RoomPerson;
let bob: RoomPerson;
let id: string;
beforeAll(async () => void (rooms = await startTestRooms()));
afterAll(() => rooms[Symbol.asyncDispose]());
beforeEach(async () => {
  [ada, bob] = [rooms.person(), rooms.person()];
  id = await ada.creates();
});

test('signals reach their receiver only, in order', async () => {
  const eve = rooms.person();
  for (const person of [ada, bob, eve]) await person.joins(id);
  const [toBob, toEve] = [await bob.receives(id), await eve.receives(id)];
  const send = (toUserId: string, kind: string, payload: unknown) =>
    ada.does(SEND, { input: { roomId: id, toUserId, kind, payload } });
  await send(bob.id, 'OFFER', { sdp: 'v=0' });
  await send(bob.id, 'ICE_CANDIDATE', { candidate: 'a' });
  await send(eve.id, 'BYE', {});
  expect((await toBob.take(2)).map(({ signals }) => signals)).toEqual([
    { from: { id: ada.id }, kind: 'OFFER', payload: { sdp: 'v=0' } },
    { from: { id: ada.id }, kind: 'ICE_CANDIDATE', payload: { candidate: 'a' } },
  ]);
  expect((await toEve.take(1))[0].signals).toEqual({ from: { id: ada.id }, kind: 'BYE', payload: {} });
  await toBob.end();
  await toEve.end();
});

test('both accounts need a seat, and the payload has a limit', async () => {
  const input = { roomId: id, toUserId: bob.id, kind: 'OFFER', payload: {} };
  expect(await ada.isRefused(SEND, { input })).toMatchObject({ code: 'FORBIDDEN' });
  await ada.joins(id);
  expect(await ada.isRefused(SEND, { input })).toMatchObject({ code: 'NOT_FOUND' });
  await bob.joins(id);
  await ada.does(SEND, { input });
  expect(await ada.isRefused(SEND, { input: { ...input, payload: { sdp: 'x'.repeat(1_000_000) } } })).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { payload: expect.any(String) },
  });
});

test('of two connections of an account, the one with the seat signals', async () => {
  await using gateway = new TestGateway(rooms.config);
  const eve = rooms.person();
  await eve.joins(id);
  const toEve = await eve.receives(id);
  const signal = (payload: string) => ({ input: { roomId: id, toUserId: eve.id, kind: 'OFFER', payload } });
  const first = await gateway.connects(bob);
  await bob.joins(id);
  await bob.does(SEND, signal('first'));
  const second = await gateway.connects(bob);
  expect(await bob.isRefused(SEND, signal('refused'))).toMatchObject({ code: 'CONFLICT' });
  await bob.joins(id);
  await bob.does(SEND, signal('second'));
  bob.connection = first;
  expect(await bob.isRefused(SEND, signal('refused'))).toMatchObject({ code: 'CONFLICT' });
  bob.connection = undefined; // requests over HTTP belong to no connection
  await bob.does(SEND, signal('HTTP'));
  const payloads = (await toEve.take(3)).map(({ signals }) => signals.payload);
  expect(payloads).toEqual(['first', 'second', 'HTTP']);
  bob.connection = second;
  await toEve.end();
});

test('of two connections of an account, the one with the seat gets the signals', async () => {
  await using gateway = new TestGateway(rooms.config);
  await ada.joins(id);
  const connections = [await gateway.connects(bob), await gateway.connects(bob)];
  const streams: Listening[] = [];
  for (bob.connection of connections) streams.push(await bob.receives(id));
  for (bob.connection of [...connections, connections[0]]) {
    await bob.joins(id);
    await ada.does(SEND, { input: { roomId: id, toUserId: bob.id, kind: 'OFFER', payload: bob.connection } });
  }
  const [first, second] = connections;
  const heard = (await streams[0]!.take(2)).map(({ signals }) => signals.payload);
  expect([heard, (await streams[1]!.take(1))[0].signals.payload]).toEqual([[first, first], second]);
  for (const stream of streams) await stream.end();
});

test('TURN credentials follow the REST scheme and expire', () => {
  const secret = 'a shared secret of TURN';
  const urls = ['turn:turn.example.org:3478'];
  const servers = new IceServers({
    STUN_URLS: ['stun:s'],
    TURN_URLS: urls,
    TURN_SECRET: secret,
    TURN_TTL_SECONDS: 600,
  });
  const username = '2200:ada';
  expect(servers.serversFor('ada', 1_600_000)).toEqual([
    { urls: ['stun:s'], username: null, credential: null },
    { urls, username, credential: createHmac('sha1', secret).update(username).digest('base64') },
  ]);
});
