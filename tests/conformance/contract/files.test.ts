/** Every operation of contract/files.graphql works as named, over HTTP and WebSocket, in the whole system. */
import { System } from '../harness/system';
import { files } from './files';

const system = new System();
beforeAll(() => system.start(), 300_000);
afterAll(() => system[Symbol.asyncDispose]());

describe('files', () => files(system));
