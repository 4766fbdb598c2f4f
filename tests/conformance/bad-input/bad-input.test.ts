/** Invalid input gets a clear error over HTTP and over WebSocket alike, and neither loses nor changes anything. */
import { System } from '../harness/system';
import { accountInput } from './account-input';
import { allAtOnce } from './all-at-once';
import { conversationInput } from './conversation-input';
import { modelInput } from './model-input';
import { SECRET_KEY, tokens } from './tokens';
import { wire } from './wire';

const system = new System();
beforeAll(() => system.start({ SECRET_KEY }), 300_000);
afterAll(() => system[Symbol.asyncDispose]());

describe('tokens', () => tokens(system));
describe('accounts', () => accountInput(system));
describe('all wrong fields are named at once', () => allAtOnce(system));
describe('conversations', () => conversationInput(system));
describe('models', () => modelInput(system));
describe('the wire', () => wire(system));
