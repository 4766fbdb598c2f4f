/** The voice process with real WebRTC connections: speakers and listeners, mutes, earshot and the end of connections; and its pure parts. */
import { eventually } from '@chat/kit/testing/eventually';
import type { RoomPerson } from '../testing/room-person';
import { startTestRooms, TestGateway, type TestRooms } from '../testing/test-rooms';
import { endVoiceThreads, VoiceClient, voicePacket } from '../testing/voice-client';
import { voiceConfig } from './config';
import { Loudness } from './loudness';
import { adjustOffer } from './offer';
import { readPacket } from './rtp';
import { SlotStream } from './slot-stream';
import { audible, chooseSpeakers, type Speaker } from './speakers';
import { sender } from './voice-peer';
import { VoiceProcess } from './voice-process';
import { VoiceRoom } from './voice-room';

const MUTE = `mutation ($roomId: ID!, $userId: ID!, $minutes: Int!) {
  muteOccupant(roomId: $roomId, userId: $userId, minutes: $minutes) }`;
const KICK = 'mutation ($roomId: ID!, $userId: ID!) { kickOccupant(roomId: $roomId, userId: $userId) }';
const OPEN = 'mutation ($roomId: ID!) { openVoice(roomId: $roomId) { id sdp } }';
const ANSWER = 'mutation ($input: AnswerVoiceInput!) { answerVoice(input: $input) }';

test('a process that waits for Redis ends at once', async () => {
  const process = VoiceProcess.start(voiceConfig({ REDIS_URL: 'redis://127.0.0.1:1', LOG_LEVEL: 'silent' }));
  await process[Symbol.asyncDispose]();
});

test('a connection that closes between the question and the packet ends, and the process goes on', () => {
  let [isOpen, ends, questions, sent] = [false, 0, 0, 0];
  const way = { isOpen: () => (questions++, isOpen) };
  const send = sender<number>(
    way,
    (packet) => {
      if (packet === 0) throw new Error('libdatachannel error while sending track message: Track is closed');
      sent++;
    },
    () => void ends++,
  );
  send(0);
  expect([ends, sent, questions]).toEqual([0, 0, 1]);
  isOpen = true;
  send(1);
  send(2);
  expect([ends, sent, questions]).toEqual([0, 2, 2]);
  send(0);
  expect(ends).toBe(1);
});

describe('with real connections', () => {
  const parts = new AsyncDisposableStack();
  let rooms: TestRooms;
  let voices: VoiceProcess;
  let roomId: string;
  let people: RoomPerson[];
  let clients: VoiceClient[];

  const speakerAt = (index: number) => people[index]!.id;

  beforeAll(async () => {
    parts.defer(endVoiceThreads);
    rooms = parts.use(await startTestRooms());
    const { REDIS_URL, REDIS_PREFIX } = rooms.config;
    const env = {
      REDIS_URL,
      REDIS_PREFIX,
      LOG_LEVEL: 'error',
      VOICE_BIND_ADDRESS: '127.0.0.1',
      VOICE_SPEAKERS: '3',
      VOICE_EARSHOT_METRES: '10',
    };
    voices = parts.use(VoiceProcess.start(voiceConfig(env)));
    await voices.ready;
    people = Array.from({ length: 5 }, () => rooms.person());
    roomId = await people[0]!.creates();
    for (const person of people) await person.joins(roomId);
    clients = await Promise.all(people.map((person) => VoiceClient.connect(person, roomId)));
    for (const client of clients) parts.use(client);
    await eventually(() => clients.every(({ isConnected }) => isConnected), 'five connections');
  });
  afterAll(() => parts.disposeAsync());

  test('everybody but the speaker hears the speaker, and a change of speaker keeps the stream of the slot', async () => {
    const [first, second, listener] = clients as [VoiceClient, VoiceClient, VoiceClient];
    first.talk();
    await eventually(() => clients.slice(1).every(({ heard }) => heard.length > 10), 'the first voice');
    expect(listener.hears).toEqual([speakerAt(0)]);
    expect(first.heard).toEqual([]);
    first.hush();
    await eventually(() => listener.hears.length === 0, 'silence');
    const before = listener.heard.length;
    second.talk();
    await eventually(
      () => listener.hears.includes(speakerAt(1)) && listener.heard.length > before + 10,
      'the second voice',
    );
    second.hush();
    const slot = listener.heard.filter((packet) => packet.slot === listener.heard[0]!.slot);
    expect(new Set(slot.map(({ ssrc }) => ssrc)).size).toBe(1);
    // No number repeats or is left out, so that a browser drops nothing.
    expect(slot.map(({ sequence }) => (sequence - slot[0]!.sequence) & 0xffff)).toEqual(slot.map((_, index) => index));
    await eventually(() => listener.hears.length === 0, 'silence again');
  });

  test('only the loudest three of four are heard', async () => {
    clients.slice(0, 4).forEach((client, index) => client.talk(10 + index * 12));
    await eventually(() => clients[4]!.hears.length === 3, 'three voices');
    await eventually(() => clients[4]!.hears.join() === [0, 1, 2].map(speakerAt).sort().join(), 'the loudest three');
    for (const client of clients) client.hush();
    await eventually(() => clients.every(({ hears }) => hears.length === 0), 'silence');
  });

  test("a moderator's mute holds whatever the client sends, until it ends", async () => {
    const [moderator, loud] = people as [RoomPerson, RoomPerson];
    clients[1]!.talk();
    await eventually(() => clients[2]!.hears.includes(loud.id), 'the voice');
    await moderator.does(MUTE, { roomId, userId: loud.id, minutes: 5 });
    await eventually(() => clients.every(({ hears }) => !hears.includes(loud.id)), 'the mute');
    const heard = clients.map((client) => client.heard.length);
    clients[0]!.talk(); // another voice arrives, and the muted one still does not
    await eventually(() => clients[2]!.heard.length > heard[2]! + 20, 'the other voice');
    expect(clients[2]!.hears).toEqual([moderator.id]);
    expect(clients[0]!.heard.length).toBe(heard[0]);
    clients[0]!.hush();
    await moderator.does(MUTE, { roomId, userId: loud.id, minutes: 0 });
    await eventually(() => clients[2]!.hears.includes(loud.id), 'the voice after the mute');
    clients[1]!.hush();
  });

  test('voices out of earshot are not forwarded', async () => {
    const walker = people[3]!;
    await walker.moves(roomId, { x: 12 });
    clients[3]!.talk();
    clients[0]!.talk();
    await eventually(() => clients[2]!.hears.includes(speakerAt(0)), 'the near voice');
    await eventually(() => !clients[2]!.hears.includes(walker.id) && clients[3]!.hears.length === 0, 'distance');
    clients[0]!.hush();
    await walker.moves(roomId, { x: 1 });
    await eventually(() => clients[2]!.hears.includes(walker.id), 'the voice from nearby');
    clients[3]!.hush();
  });

  test('a connection needs a seat, and ends with it', async () => {
    const stranger = rooms.person();
    expect(await stranger.isRefused(OPEN, { roomId })).toMatchObject({ code: 'FORBIDDEN' });
    await people[0]!.does(KICK, { roomId, userId: speakerAt(4) });
    await eventually(() => clients[4]!.state === 'closed' || clients[4]!.state === 'disconnected', 'the end');
    expect(await people[4]!.isRefused(OPEN, { roomId })).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('of two tabs of an account, only the one with the seat opens a voice', async () => {
    await using gateway = new TestGateway(rooms.config);
    const ada = rooms.person();
    const first = await gateway.connects(ada);
    await ada.joins(roomId);
    await ada.does(OPEN, { roomId });
    const second = await gateway.connects(ada);
    await ada.joins(roomId);
    ada.connection = first;
    expect(await ada.isRefused(OPEN, { roomId })).toMatchObject({ code: 'CONFLICT' });
    ada.connection = second;
    using client = await VoiceClient.connect(ada, roomId);
    expect(client.isConnected).toBe(true);
    await ada.leaves(roomId);
  });

  test('answers that do not fit are refused', async () => {
    const person = people[2]!;
    const { openVoice } = await person.does(OPEN, { roomId });
    const answer = (more: object) => ({ input: { roomId, connectionId: openVoice.id, sdp: 'v=0', ...more } });
    expect(await person.isRefused(ANSWER, answer({}))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { sdp: expect.any(String) },
    });
    expect(await person.isRefused(ANSWER, answer({ sdp: 'v=0'.repeat(350_000) }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(await person.isRefused(ANSWER, answer({ connectionId: person.id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await people[1]!.isRefused(ANSWER, answer({}))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await person.isRefused(OPEN, { roomId: person.id })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('all connections of the process share one port', async () => {
    const offers = await Promise.all(people.slice(0, 3).map((person) => person.does(OPEN, { roomId })));
    const ports = offers.flatMap(({ openVoice }) =>
      [...openVoice.sdp.matchAll(/^a=candidate:(?:\S+ ){5}(\d+) typ host/gm)].map(([, port]) => Number(port)),
    );
    expect(ports.length).toBeGreaterThanOrEqual(3);
    expect(new Set(ports).size).toBe(1);
  });

  test('without a voice process, clients are told to connect as a mesh', async () => {
    await voices[Symbol.asyncDispose]();
    expect(await people[1]!.isRefused(OPEN, { roomId })).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

const at = (x: number) => ({ x, y: 0, z: 0 });
const speaker = (userId: string, loudness: number, more: Partial<Speaker> = {}): Speaker => ({
  userId,
  loudness,
  position: at(0),
  isMuted: false,
  ...more,
});

test('a choice stands until people come, go, move or fall silent, and holds for late listeners', () => {
  const room = new VoiceRoom(10, 2);
  const seats = (places: Record<string, number>) =>
    room.update(new Map(Object.entries(places).map(([id, x]) => [id, { position: at(x), isMuted: false }])));
  let choices = 0;
  const joins = (userId: string) => {
    const slots = [1, 2].map((ssrc) => new SlotStream(ssrc, () => undefined));
    const hear = (speakers: readonly (string | undefined)[]) => {
      choices++;
      for (const [index, slot] of slots.entries()) slot.assign(speakers[index]);
    };
    const peer = { userId, slots, loudness: new Loudness(), hear, tell: () => undefined, close: () => undefined };
    room.add(peer);
    return peer;
  };
  const [ada, bob] = [joins('ada'), joins('bob')];
  seats({ ada: 0, bob: 0 });
  const says = ({ userId, loudness }: { userId: string; loudness: Loudness }, now: number) => {
    const bytes = voicePacket(now / 20, 20);
    loudness.hear(20, now);
    room.forward(userId, bytes, readPacket(bytes)!, now);
  };
  const heardBy = (peer: ReturnType<typeof joins>) => peer.slots.map(({ speaker }) => speaker);
  const choose = (now: number): number => {
    const before = choices;
    room.choose(now);
    return choices - before;
  };
  says(ada, 20);
  expect(choose(20)).toBe(2);
  expect(heardBy(bob)).toEqual(['ada', undefined]);
  seats({ ada: 0, bob: 0 });
  says(ada, 40);
  expect(choose(40)).toBe(0);
  const cleo = joins('cleo');
  seats({ ada: 0, bob: 0, cleo: 0 });
  expect(choose(50)).toBe(3);
  expect(heardBy(cleo)).toEqual(['ada', undefined]);
  seats({ ada: 0, bob: 20, cleo: 0 });
  expect(choose(60)).toBe(3);
  expect([heardBy(bob), heardBy(cleo)]).toEqual([
    [undefined, undefined],
    ['ada', undefined],
  ]);
  expect(choose(2_000)).toBe(3);
  expect(heardBy(cleo)).toEqual([undefined, undefined]);
});

test('speakers keep their slots, and a little more loudness replaces nobody', () => {
  const listener = { userId: 'me', position: at(0) };
  const choose = (speakers: Speaker[], slots: (string | undefined)[]) =>
    chooseSpeakers(listener, audible(speakers), slots, 10);
  expect(choose([speaker('a', 80), speaker('b', 90), speaker('me', 120)], [undefined, undefined])).toEqual(['b', 'a']);
  expect(choose([speaker('a', 80), speaker('b', 90)], ['a', undefined])).toEqual(['a', 'b']);
  expect(choose([speaker('a', 80), speaker('b', 90), speaker('c', 84)], ['b', 'a'])).toEqual(['b', 'a']);
  expect(choose([speaker('a', 80), speaker('b', 90), speaker('c', 100)], ['b', 'a'])).toEqual(['b', 'c']);
  expect(
    choose([speaker('a', 20), speaker('b', 90, { isMuted: true }), speaker('c', 90, { position: at(11) })], ['b', 'a']),
  ).toEqual([undefined, undefined]);
});

test('a slot sends one stream without gaps, repeats or older numbers', () => {
  const sent: { sequence: number; timestamp: number; isFirst: boolean }[] = [];
  const slot = new SlotStream(5, (bytes) => {
    expect(bytes.readUInt32BE(8)).toBe(5);
    sent.push({ sequence: bytes.readUInt16BE(2), timestamp: bytes.readUInt32BE(4), isFirst: bytes[1]! >> 7 === 1 });
    return true;
  });
  const say = (sequence: number, now: number) => {
    const bytes = voicePacket(sequence, 20);
    slot.forward(bytes, readPacket(bytes)!, now);
  };
  slot.assign('ada');
  [65_534, 65_535, 65_536, 65_537].forEach((sequence, index) => say(sequence, index * 20));
  slot.assign('bob');
  say(9_000, 1_080);
  say(8_999, 1_081); // from before the turn
  say(9_001, 1_100);
  const [first] = sent;
  expect(sent.map(({ sequence }) => (sequence - first!.sequence) & 0xffff)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(sent.map(({ isFirst }) => isFirst)).toEqual([true, false, false, false, true, false]);
  expect(sent.map(({ timestamp }) => (timestamp - first!.timestamp) >>> 0)).toEqual([
    0,
    960,
    1920,
    2880,
    2880 + 48_960,
    2880 + 49_920,
  ]);
});

test('packets that are no voice are not read', () => {
  expect(readPacket(voicePacket(3, 33))).toEqual({ sequence: 3, timestamp: 2880, level: 33 });
  const cut = voicePacket(3, 33).subarray(0, 14);
  const rtcp = Buffer.from(voicePacket(3, 33));
  rtcp[1] = 200;
  const endless = Buffer.from(voicePacket(3, 33));
  endless.writeUInt16BE(0xffff, 14);
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(12), cut, rtcp, endless])
    expect(readPacket(bytes)).toBeUndefined();
});

test('an offer names the public address, and does not tie the slots together', () => {
  const offer =
    'v=0\r\na=group:LS mic slot0\r\na=candidate:1 1 UDP 2114977791 10.0.0.2 40000 typ host\r\na=candidate:2 1 UDP 5 fd00::2 40000 typ host\r\n';
  expect(adjustOffer(offer)).toBe(offer.replace('a=group:LS mic slot0\r\n', ''));
  expect(adjustOffer(offer, '203.0.113.7')).toContain('UDP 2114977791 203.0.113.7 40000 typ host');
  expect(adjustOffer(offer, '203.0.113.7')).toContain('UDP 5 fd00::2 40000');
});
