// The lower bound of fan-out: one upstream per channel, and each of its events sent to every socket unchanged.
// WRITES=single sends each event on its own; WRITES=coalesced joins the events of one turn of the event loop. It has no schema,
// checks nothing, and implements only the part of the protocol that the bench's clients use.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers';
import { createClient } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { listening } from './listening.mjs';

const [{ url }] = JSON.parse(process.env.SUBGRAPHS);
const upstream = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, lazy: false });
const channels = new Map();
const send = process.env.WRITES === 'single' ? sendSingly : sendTogether;

function channelOf(payload) {
  const key = JSON.stringify(payload);
  let channel = channels.get(key);
  if (!channel) {
    channel = { sockets: new Set(), frames: [] };
    channels.set(key, channel);
    const next = (event) => send(channel, `{"id":"1","type":"next","payload":${JSON.stringify(event)}}`);
    upstream.subscribe(payload, { next, error: fail, complete: fail });
  }
  return channel;
}

function sendSingly({ sockets }, text) {
  for (const socket of sockets) socket.send(text);
}

function sendTogether(channel, text) {
  if (channel.frames.push(frame(text)) === 1) {
    setImmediate(() => {
      const bytes = Buffer.concat(channel.frames);
      channel.frames = [];
      for (const { _socket: pipe } of channel.sockets) pipe.write(bytes);
    });
  }
}

function frame(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.from([0x81, 126, 0, 0]);
  if (payload.length > 125) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

function fail(reason) {
  throw new Error(`The upstream has ended: ${JSON.stringify(reason)}`);
}

const server = createServer();
const sockets = new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false });
sockets.on('connection', (socket) => {
  let channel;
  socket.on('error', () => undefined);
  socket.on('close', () => channel?.sockets.delete(socket));
  socket.on('message', (data) => {
    const { type, payload } = JSON.parse(data);
    if (type === 'connection_init') return socket.send('{"type":"connection_ack"}');
    channel = channelOf(payload);
    channel.sockets.add(socket);
  });
});
listening(server);
