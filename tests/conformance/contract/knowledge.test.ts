/** Every operation of contract/knowledge.graphql works as named, over HTTP and WebSocket, in the whole system. */
import { System } from '../harness/system';
import { knowledge } from './knowledge';

const system = new System();
beforeAll(() => system.start(), 300_000);
afterAll(() => system[Symbol.asyncDispose]());

describe('knowledge', () => knowledge(system));
