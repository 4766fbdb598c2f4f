/** One avatar in Colyseus, with its own SDK. The SDK of bench/peers is loaded when somebody joins. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packRotation } from '@chat/room-codec';
import { framed, type Avatar, type Crowd, type Reports } from './avatar';
import type { Place } from './walk';

interface Pose {
  x: number;
  z: number;
}

interface ColyseusRoom {
  sessionId: string;
  state: { avatars: Iterable<[string, Pose]> };
  serializer: { patch(bytes: Uint8Array, at: unknown): void };
  connection: { events: { onmessage: (event: { data: ArrayBuffer }) => void } };
  onStateChange: { once(listener: () => void): void };
  send(kind: string, message: unknown): void;
  leave(): Promise<number>;
}

interface Sdk {
  Client: new (url: string) => { joinOrCreate(name: string): Promise<ColyseusRoom> };
}

/** Sessions of this process, in the order of the avatars. */
const avatars = new Map<string, number>();

export async function joinColyseus({ url }: Crowd, index: number, { onFrame, onMoved }: Reports): Promise<Avatar> {
  // Its transport would prefer the WebSocket of Node, which costs more.
  Reflect.deleteProperty(globalThis, 'WebSocket');
  const { Client } = createRequire(join(__dirname, '../peers/package.json'))('@colyseus/sdk') as Sdk;
  const room = await new Client(url).joinOrCreate('plaza');
  avatars.set(room.sessionId, index);
  await new Promise<void>((resolve) => room.onStateChange.once(resolve));
  const { events } = room.connection;
  const apply = events.onmessage;
  events.onmessage = (event) => {
    const read = (): Iterable<[number, Place]> => {
      const before = new Map([...room.state.avatars].map(([id, { x, z }]) => [id, { x, z }]));
      apply(event);
      return [...room.state.avatars]
        .filter(([id, { x, z }]) => before.get(id)?.x !== x || before.get(id)?.z !== z)
        .map(([id, { x, z }]) => [avatars.get(id)!, { x: x / 100, z: z / 100 }]);
    };
    onFrame(framed(event.data.byteLength), read);
  };
  return {
    move({ x, z, rotation }) {
      room.send('move', [Math.round(x * 100), 0, Math.round(z * 100), packRotation(rotation)]);
      onMoved();
    },
    leave: () => void room.leave(),
  };
}
