/** A person with the verbs of rooms. */
import { CLIENT_CONNECTION_HEADER } from '@chat/kit/auth/client';
import { Person, type Data } from '@chat/kit/testing/person';

const CREATE = 'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { id } }';
const JOIN = `mutation ($roomId: ID!, $avatarId: ID) { joinRoom(roomId: $roomId, avatarId: $avatarId) {
  room { id } epoch slot pose { position { x y z } } iceServers { urls username credential } } }`;
const LEAVE = 'mutation ($roomId: ID!) { leaveRoom(roomId: $roomId) }';
const MOVE = 'mutation ($input: MoveInput!) { move(input: $input) }';
const ROOM = `query ($id: ID!) { room(id: $id) { id name occupantCount cursor objects { id kind state version }
  occupants { user { id } slot isMuted avatar { id name modelUrl } pose { position { x y z } animation expression } } } }`;
const FRAMES = `subscription ($roomId: ID!, $maxHz: Int, $everything: Boolean! = false) {
  roomFrames(roomId: $roomId, maxHz: $maxHz, everything: $everything) {
    tick at isFull packed joined { slot userId } left
    poses { userId position { x y z } rotation { x y z w } animation expression } } }`;
const EVENTS = `subscription ($roomId: ID!, $after: String) { roomEvents(roomId: $roomId, after: $after) {
  __typename cursor
  ... on OccupantJoined { user { id } avatar { id } }
  ... on OccupantLeft { userId }
  ... on OccupantMuted { userId isMuted }
  ... on ObjectChanged { object { id kind state } }
  ... on ObjectRemoved { objectId }
  ... on GesturePerformed { user { id } gesture confidence }
  ... on InteractionHappened { user { id } object { id state } action } } }`;
const SIGNALS = 'subscription ($roomId: ID!) { signals(roomId: $roomId) { from { id } kind payload } }';

export interface Place {
  x?: number;
  y?: number;
  z?: number;
}

export class RoomPerson extends Person {
  /** The connection that the gateway would name; undefined for HTTP. */
  connection: string | undefined;

  private get headers(): Record<string, string> | undefined {
    return this.connection === undefined ? undefined : { [CLIENT_CONNECTION_HEADER]: this.connection };
  }

  override asks(operation: never, variables?: never): Promise<never> {
    return super.asks(operation, variables, this.headers) as Promise<never>;
  }

  async creates(input: object = {}): Promise<string> {
    return (await this.does(CREATE, { input: { name: 'Plaza', ...input } })).createRoom.id;
  }

  async joins(roomId: string, avatarId?: string): Promise<Data> {
    return (await this.does(JOIN, { roomId, avatarId })).joinRoom;
  }

  async cannotJoin(roomId: string): Promise<Data> {
    return this.isRefused(JOIN, { roomId });
  }

  async leaves(roomId: string): Promise<void> {
    await this.does(LEAVE, { roomId });
  }

  async moves(roomId: string, { x = 0, y = 0, z = 0 }: Place, more: object = {}): Promise<void> {
    await this.does(MOVE, { input: { roomId, position: { x, y, z }, ...more } });
  }

  async cannotMove(roomId: string, { x = 0, y = 0, z = 0 }: Place, more: object = {}): Promise<Data> {
    return this.isRefused(MOVE, { input: { roomId, position: { x, y, z }, ...more } });
  }

  async sees(id: string): Promise<Data> {
    return (await this.does(ROOM, { id })).room;
  }

  /** The accounts in a room. */
  async meets(id: string): Promise<string[]> {
    return (await this.sees(id)).occupants.map(({ user }: Data) => user.id).sort();
  }

  /** Follows over this person's connection. */
  async watches(roomId: string, more: object = {}) {
    return this.follows(FRAMES, { roomId, ...more }, this.headers);
  }

  /** Over this person's connection. */
  async receives(roomId: string) {
    return this.follows(SIGNALS, { roomId }, this.headers);
  }

  async hears(roomId: string, after?: string) {
    return this.follows(EVENTS, { roomId, after });
  }
}
