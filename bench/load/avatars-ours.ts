/** One avatar in our graph: a WebSocket that joins, follows the frames and moves. Reads messages only if asked. */
import { unpackFrame } from '@chat/room-codec';
import { framed, type Avatar, type Crowd, type Reports } from './avatar';
import { Subscriber } from './subscriber';
import type { Place } from './walk';

const FORMS = {
  packed: 'subscription ($roomId: ID!) { roomFrames(roomId: $roomId) { packed joined { slot userId } left } }',
  everything:
    'subscription ($roomId: ID!) { roomFrames(roomId: $roomId, everything: true) { packed joined { slot userId } left } }',
  JSON: `subscription RoomFrames($roomId: ID!, $maxHz: Int) { roomFrames(roomId: $roomId, maxHz: $maxHz) {
    tick at poses { userId position { x y z } rotation { x y z w } animation expression } left } }`,
};
/** For those that follow once a second. */
const SELDOM =
  'subscription ($roomId: ID!) { roomFrames(roomId: $roomId, maxHz: 1) { packed joined { slot userId } left } }';
const JOIN = 'mutation ($roomId: ID!) { joinRoom(roomId: $roomId) { slot } }';
/** Moves without an answer after which an avatar leaves out steps, so that a server without processor time keeps up with fewer. */
const MAX_UNANSWERED = 4;
const MOVE = 'mutation ($input: MoveInput!) { move(input: $input) }';
const FRAME = Buffer.from('{"id":"1",');
const MOVED = Buffer.from('"move":true');
const ERROR = '"errors":';
/** Redis did not answer in time, as it happens on a machine that is busy with the start; clients try again. */
const UNAVAILABLE = '"SERVICE_UNAVAILABLE"';

interface Frame {
  packed?: string;
  joined?: { slot: number; userId: string }[];
  poses?: { userId: string; position: Place }[];
}

export async function joinOurs(crowd: Crowd, index: number, { onFrame, onMoved }: Reports): Promise<Avatar> {
  const { form, url, roomId, tokens, userIds, walkers } = crowd;
  const query = index < walkers ? FORMS[form as keyof typeof FORMS] : SELDOM;
  const indexes = new Map(userIds.map((userId, at) => [userId, at]));
  const slots = new Map<number, number>();
  const joined = Promise.withResolvers<void>();
  let last = 1;
  let unanswered = 0;
  const onEvent = (bytes: Buffer, start: number, end: number) => {
    if (bytes.compare(FRAME, 0, FRAME.length, start, start + FRAME.length) !== 0) {
      if (bytes.includes(MOVED, start) && bytes.indexOf(MOVED, start) < end) {
        unanswered--;
        return onMoved();
      }
      const text = bytes.toString('latin1', start, end);
      if (text.includes(UNAVAILABLE)) return join();
      if (text.includes(ERROR)) joined.reject(fail(text));
      if (text.includes('joinRoom')) joined.resolve();
      return;
    }
    if (bytes.includes('"joined":[{', start)) learn(bytes, start, end);
    onFrame(framed(end - start), () => read(parse(bytes, start, end)));
  };
  const parse = (bytes: Buffer, start: number, end: number): Frame =>
    (JSON.parse(bytes.toString('utf8', start, end)) as { payload: { data: { roomFrames: Frame } } }).payload.data
      .roomFrames;
  const learn = (bytes: Buffer, start: number, end: number) => {
    for (const { slot, userId } of parse(bytes.subarray(start, end), 0, end - start).joined ?? [])
      slots.set(slot, indexes.get(userId)!);
  };
  const read = function* ({ packed, poses }: Frame): Generator<[number, Place]> {
    if (packed !== undefined)
      for (const row of unpackFrame(Buffer.from(packed, 'base64')).poses) yield [slots.get(row.slot)!, row];
    else for (const { userId, position } of poses!) yield [indexes.get(userId)!, position];
  };
  const subscriber = new Subscriber({
    url,
    token: tokens[index],
    payload: JSON.stringify({ query, variables: { roomId } }),
    onEvent,
    onLost: (why) => joined.reject(fail(why)),
  });
  const send = (query: string, variables: object) =>
    subscriber.asks(String(++last), JSON.stringify({ query, variables }));
  const join = () => send(JOIN, { roomId });
  await subscriber.asked;
  join();
  await joined.promise;
  return {
    move({ x, z, rotation }) {
      if (unanswered >= MAX_UNANSWERED) return;
      unanswered++;
      send(MOVE, { input: { roomId, position: { x, y: 0, z }, rotation, animation: 'walk' } });
    },
    leave: () => subscriber.end(),
  };
}

/** A lost avatar would leave the others with smaller frames. */
function fail(why: string): Error {
  process.stderr.write(`An avatar was lost: ${why}\n`);
  return new Error(`An avatar was lost: ${why}`);
}
