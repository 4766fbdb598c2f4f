/** Every operation of contract/plugins.graphql works as named, over HTTP and WebSocket, in the whole system. */
import { System } from '../harness/system';
import { plugins } from './plugins';

const system = new System();
// A busy machine takes longer than the default, and a call that takes longer counts as a failure.
beforeAll(() => system.start({ PLUGIN_ALLOW_UNSIGNED: 'true', PLUGIN_CALL_MS: '1000' }), 300_000);
afterAll(() => system[Symbol.asyncDispose]());

describe('plugins', () => plugins(system));
