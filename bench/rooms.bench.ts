/**
 * The cost of walking avatars beside Colyseus: bytes for each subscriber, processor time of the servers for each avatar and tick, and the
 * age of a pose when it arrives. Everybody walks at 20 Hz and follows the room over one WebSocket. Colyseus is one process without
 * accounts, permissions or storage; ours is the gateway, rooms and identity with PostgreSQL and Redis. `--earlier <checkout>` adds the
 * stack of another commit, and `--only packed,Colyseus` selects by words in names. `--crowd 1000` adds a room with so many avatars, of
 * which the others walk around the first ones, a step in two seconds, and follow one frame a second; its bytes are those of the first ones.
 * `--profile <folder>` writes processor profiles for Chrome's developer tools, which costs time itself.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@chat/kit/ids';
import { BenchProcess } from './harness/bench-process';
import { EARLIER, installed, startPeerWith } from './harness/gateways';
import { comparisonOptions } from './harness/options';
import { CELLS, heading, table } from './harness/report';
import { interleave } from './harness/rounds';
import type { Crowd, Form } from './load/avatar';
import type { Seen } from './load/avatars';
import { request } from './load/follower';
import { startStack, tokenOf, type Stack } from './worlds/stack';

const CREATE = 'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { id } }';
/** Walking before the count begins, in milliseconds; in the first round longer, until the servers' code is compiled. */
const WARM_UP_MS = 2_000;
const FIRST_WARM_UP_MS = 10_000;
/** In a crowd, until all have learnt of each other. */
const CROWD_WARM_UP_MS = 40_000;
/** After a round, until seats and queues have ended, in milliseconds. */
const REST_MS = 3_000;

const MEASURES = {
  bytes: 'kB of frames a subscriber and second',
  frames: 'frames a second',
  moves: 'moves a second',
  processor: 'processor µs a move: all servers',
  gateway: 'gateway',
  rooms: 'rooms',
  Redis: 'Redis',
  p50: 'p50 age of a pose, ms',
  p99: 'p99 age, ms',
} as const;

type RoomsStack = Stack<'identity' | 'rooms'>;

const FORMS = ['packed', 'everything', 'JSON'] as const;

type Server = 'gateway' | 'rooms' | 'identity' | 'PostgreSQL' | 'Redis' | 'Colyseus';

interface Candidate {
  name: string;
  form: Form;
  /** Avatars in the room. */
  count: number;
  begin: () => Promise<Partial<Crowd>>;
  /** Processor seconds so far, by server. */
  cpuSeconds: () => Partial<Record<Server, number>>;
}

async function main(): Promise<void> {
  const { avatars, crowd, rounds, seconds, earlier, values, isChosen } = comparisonOptions(
    { avatars: 50, crowd: 0, rounds: 3, seconds: 8 },
    [
      [
        'profile',
        { type: 'string', value: 'FOLDER', description: 'writes a processor profile of each process of ours' },
      ],
    ],
  );
  const folder = values['profile'];
  await using parts = new AsyncDisposableStack();
  const stack = parts.use(await startStack(['identity', 'rooms']));
  const userIds = Array.from({ length: Math.max(avatars, crowd) }, () => newId());
  const tokens = userIds.map(tokenOf);
  const oursAt = ({ url, ...system }: RoomsStack, form: Form, suffix = '', count = avatars): Candidate => ({
    name: `${form}${suffix}`,
    form,
    count,
    async begin() {
      const input = { name: 'Plaza', capacity: count };
      const { createRoom } = await request<{ createRoom: { id: string } }>(url, CREATE, { input }, tokens[0]);
      return { url, roomId: createRoom.id };
    },
    cpuSeconds: () => system.cpuSeconds(),
  });
  let candidates = FORMS.map((form) => oursAt(stack, form));
  if (crowd > avatars) candidates.push(oursAt(stack, 'packed', ` among ${crowd}`, crowd));
  if (earlier) {
    const before = parts.use(await startStack(['identity', 'rooms'], earlier));
    candidates.push(...FORMS.map((form) => oursAt(before, form, `, ${EARLIER}`)));
  }
  if (isChosen('Colyseus') && installed(['Colyseus']).length > 0) {
    const { process: peer, url } = await startPeerWith('Colyseus', { CAPACITY: String(avatars) }, 'free');
    parts.use(peer);
    candidates.push({
      name: 'Colyseus',
      form: 'Colyseus',
      count: avatars,
      begin: () => Promise.resolve({ url }),
      cpuSeconds: () => ({ Colyseus: peer.cpuSeconds() }),
    });
  }
  candidates = candidates.filter(({ name }) => isChosen(name));
  const warm = new Set<string>();
  const figures = await interleave(candidates, rounds, async ({ name, form, count, begin, cpuSeconds }) => {
    await using people = new BenchProcess({ args: ['bench/load/avatars.ts'], side: 'free' });
    await people.waitFor(/ready/);
    await people.call('join', { form, roomId: '', count, walkers: avatars, tokens, userIds, ...(await begin()) });
    await people.call('walk');
    await pause(count > avatars ? CROWD_WARM_UP_MS : warm.has(name) ? WARM_UP_MS : FIRST_WARM_UP_MS);
    warm.add(name);
    if (folder) await Promise.all(Object.values(stack.nodes).map((node) => node.call('startProfile')));
    await people.call('count');
    const [before, began] = [cpuSeconds(), performance.now()];
    await pause(seconds * 1000);
    const elapsed = (performance.now() - began) / 1000;
    const after = cpuSeconds();
    const seen = await people.call<Seen>('seen', elapsed);
    const each = (server: Server) => ((after[server]! - before[server]!) / (seen.moves * elapsed)) * 1e6;
    if (folder) await writeProfiles(stack, join(folder, form));
    await people.call('leave');
    await pause(REST_MS);
    const all = Object.keys(after).reduce((sum, server) => sum + each(server as Server), 0);
    return { ...figuresOf(seen), processor: all, gateway: each('gateway'), rooms: each('rooms'), Redis: each('Redis') };
  });
  const how = `${avatars} avatars that walk at 20 Hz and follow the room; ${rounds} interleaved rounds of ${seconds} s. Servers and load share all processors. Bytes include the heads of WebSocket frames; processor time is that of all servers, with PostgreSQL and Redis, for each move that was taken, of which there is one an avatar and tick at full rate.`;
  process.stdout.write(`${heading(`rooms: ${avatars} avatars`, how)}\n`);
  process.stdout.write(
    `${table(candidates.map(({ name }) => name).toSorted(colyseusLast), MEASURES, figures)}\n${CELLS}`,
  );
}

async function writeProfiles({ nodes }: RoomsStack, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, node] of Object.entries(nodes)) await node.call('stopProfile', join(folder, `${name}.cpuprofile`));
}

const colyseusLast = (a: string, b: string) => Number(a === 'Colyseus') - Number(b === 'Colyseus');

function figuresOf({ frameBytes, frames, moves, ages }: Seen) {
  const at = (share: number) => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? NaN;
  return { bytes: frameBytes / 1000, frames, moves, p50: at(0.5), p99: at(0.99) };
}

void main();
