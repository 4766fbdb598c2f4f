/** Every operation of contract/plugins.graphql works as named, over HTTP and WebSocket, in the whole system. */
import { System } from '../harness/system';
import { plugins } from './plugins';

const system = new System();
beforeAll(() => system.start({ PLUGIN_ALLOW_UNSIGNED: 'true' }), 300_000);
afterAll(() => system[Symbol.asyncDispose]());

describe('plugins', () => plugins(system));
