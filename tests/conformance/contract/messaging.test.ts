/** Every operation of contract/messaging.graphql works as named, over HTTP and WebSocket, in the whole system. */
import { System } from '../harness/system';
import { assistant } from './assistant';
import { channels } from './channels';
import { comingsAndGoings } from './comings-and-goings';
import { emotions } from './emotions';
import { inbox } from './inbox';
import { messages } from './messages';
import { moderation } from './moderation';
import { projects } from './projects';
import { search } from './search';
import { threads } from './threads';
import { webhooks } from './webhooks';

const system = new System();
beforeAll(() => system.start({ WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true' }), 300_000);
afterAll(() => system[Symbol.asyncDispose]());

describe('channels', () => channels(system));
describe('comings and goings', () => comingsAndGoings(system));
describe('messages', () => messages(system));
describe('threads', () => threads(system));
describe('inbox', () => inbox(system));
describe('assistant', () => assistant(system));
describe('emotions', () => emotions(system));
describe('search', () => search(system));
describe('moderation', () => moderation(system));
describe('projects', () => projects(system));
describe('webhooks', () => webhooks(system));
