/** Every operation of contract/rooms.graphql works as named, over HTTP and WebSocket, in the whole system. */
import { System } from '../harness/system';
import { rooms } from './rooms';

const system = new System();
beforeAll(() => system.start(), 300_000);
afterAll(() => system[Symbol.asyncDispose]());

describe('rooms', () => rooms(system));
