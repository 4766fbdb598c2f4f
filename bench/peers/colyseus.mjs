// A Colyseus room whose state holds the poses of its clients, with the fields and the precision of packed frames, and 20 patches a second.
// CAPACITY is the most clients of the room.
import { createServer } from 'node:http';
import { Room, Server } from '@colyseus/core';
import { MapSchema, schema, t } from '@colyseus/schema';
import { WebSocketTransport } from '@colyseus/ws-transport';

const Avatar = schema({
  x: t.int16(), // centimetres
  y: t.int16(),
  z: t.int16(),
  rotation: t.uint32(),
  animation: t.uint8(),
  expression: t.uint8(),
});
const State = schema({ avatars: t.map(Avatar) });

class Plaza extends Room {
  maxClients = Number(process.env.CAPACITY);
  patchRate = 50;
  state = new State({ avatars: new MapSchema() });

  onCreate() {
    this.onMessage('move', ({ sessionId }, [x, y, z, rotation]) => {
      Object.assign(this.state.avatars.get(sessionId), { x, y, z, rotation });
    });
  }

  onJoin({ sessionId }) {
    const pose = { x: 0, y: 0, z: 0, rotation: 0, animation: 1, expression: 255 };
    this.state.avatars.set(sessionId, new Avatar(pose));
  }

  onLeave({ sessionId }) {
    this.state.avatars.delete(sessionId);
  }
}

const server = createServer();
const game = new Server({ greet: false, transport: new WebSocketTransport({ server }) });
game.define('plaza', Plaza);
await game.listen(0, '127.0.0.1');
process.stdout.write(`listening at http://127.0.0.1:${server.address().port}\n`);
