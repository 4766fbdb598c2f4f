/**
 * The cost of forwarded voices: processor time of the voice process while some of its people speak, packets that are lost, and the time
 * until everybody hears another speaker. People are real WebRTC connections on the same machine; compares with no peer.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { publishTestEnvironment } from '@chat/kit/testing/environment';
import { eventually } from '@chat/kit/testing/eventually';
import { startTestServices } from '@chat/kit/testing/services';
import { TestProcess } from '@chat/kit/testing/test-process';
import type { RoomPerson } from '../subgraphs/rooms/src/testing/room-person';
import { startTestRooms } from '../subgraphs/rooms/src/testing/test-rooms';
import { VoiceClient, type Heard } from '../subgraphs/rooms/src/testing/voice-client';
import { numberOptions } from './harness/options';
import { heading, spread } from './harness/report';

/** Connections that are opened at the same time. */
const TOGETHER = 5;
const CHANGE_MS = 20_000;

interface Person {
  id: string;
  person: RoomPerson;
  client: VoiceClient;
}

/** Numbers that are missing between the packets of each slot; slots number their packets without gaps. */
function lostOf(heard: readonly Heard[]): number {
  let lost = 0;
  for (const slot of Map.groupBy(heard, (packet) => packet.slot).values())
    for (const [index, { sequence }] of slot.entries())
      if (index > 0) lost += Math.max(0, ((sequence - slot[index - 1]!.sequence) & 0xffff) - 1);
  return lost;
}

/** From a speaker's first word until the last listener has the speaker in a slot, in milliseconds. */
async function change(people: readonly Person[], from: Person, to: Person): Promise<number> {
  from.client.hush();
  const began = performance.now();
  to.client.talk();
  const listeners = people.filter((person) => person !== to);
  const deadline = began + CHANGE_MS;
  while (!listeners.every(({ client }) => client.slots.includes(to.id))) {
    if (performance.now() > deadline) return Infinity;
    await pause(5);
  }
  return performance.now() - began;
}

async function main(): Promise<void> {
  const options = numberOptions({ people: 50, speakers: 3, seconds: 15, rounds: 3, changes: 10 });
  await using services = await startTestServices();
  publishTestEnvironment({ postgresUrl: services.postgres.url, redisUrl: services.redis.url });
  await using rooms = await startTestRooms();
  const { REDIS_URL, REDIS_PREFIX } = rooms.config;
  await using voices = new TestProcess({
    args: ['subgraphs/rooms/src/voice-process/main.ts'],
    env: { REDIS_URL, REDIS_PREFIX, VOICE_BIND_ADDRESS: '127.0.0.1', VOICE_SPEAKERS: String(options.speakers) },
  });
  await voices.waitFor(/"msg":"ready"/);
  const owner = rooms.person();
  const roomId = await owner.creates({ capacity: options.people + 1 });
  const people: Person[] = [];
  // A seat over HTTP ends half a minute after its last movement.
  const seated = setInterval(() => {
    for (const { person } of people) void person.moves(roomId, {}).catch(() => undefined);
  }, 10_000);
  while (people.length < options.people) {
    const next = Array.from({ length: Math.min(TOGETHER, options.people - people.length) }, async () => {
      const person = rooms.person();
      await person.joins(roomId);
      return { id: person.id, client: await VoiceClient.connect(person, roomId), person };
    });
    people.push(...(await Promise.all(next)));
  }
  const speakers = people.slice(0, options.speakers);
  for (const { client } of speakers) client.talk();
  await eventually(() => people.at(-1)!.client.hears.length === options.speakers, 'all speakers', CHANGE_MS);

  const cores: number[] = [];
  const losses: number[] = [];
  let received = 0;
  for (let round = 0; round < options.rounds; round++) {
    for (const { client } of people) client.heard.length = 0;
    const [before, began] = [voices.cpuSeconds(), performance.now()];
    await pause(options.seconds * 1000);
    cores.push(((voices.cpuSeconds() - before) / (performance.now() - began)) * 100_000);
    losses.push(people.reduce((total, { client }) => total + lostOf(client.heard), 0));
    received += people.reduce((total, { client }) => total + client.heard.length, 0);
  }
  const changes: number[] = [];
  let last = speakers[0]!;
  for (let index = 0; index < options.changes; index++) {
    const next = people[options.speakers + index]!;
    changes.push(await change(people, last, next));
    last = next;
    await pause(1_000);
  }
  clearInterval(seated);
  const how = `${options.people} people, ${options.speakers} of them speaking, 50 packets a second each; ${options.rounds} rounds of ${options.seconds} s; ${options.changes} changes of a speaker.`;
  process.stdout.write(
    [
      heading('rooms: voices', how),
      '|   | at most | minimum, **median**, maximum |',
      '| --- | --- | --- |',
      `| processor time of the voice process, % of a core | 15 | ${spread(cores)} |`,
      `| packets lost on the way to listeners, of ${Math.round(received / options.rounds)} in a round | 0 | ${spread(losses)} |`,
      `| until everybody hears another speaker, ms | 300 | ${spread(changes)} |`,
      '',
    ].join('\n'),
  );
  for (const { client } of people) client[Symbol.dispose]();
}

void main().then(
  () => process.exit(),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
