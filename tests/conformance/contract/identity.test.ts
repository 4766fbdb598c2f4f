/** Every operation of contract/identity.graphql does what its name says, through HTTP and WebSocket, in the whole system. */
import { System } from '../harness/system';
import { accounts } from './accounts';
import { keys } from './keys';
import { presence } from './presence';
import { rolesAndGrants } from './roles-and-grants';
import { sessions } from './sessions';
import { settings } from './settings';

const system = new System();
beforeAll(() => system.start(), 60_000);
afterAll(() => system[Symbol.asyncDispose]());

describe('accounts', () => accounts(system));
describe('sessions', () => sessions(system));
describe('roles and grants', () => rolesAndGrants(system));
describe('keys', () => keys(system));
describe('settings', () => settings(system));
describe('presence', () => presence(system));
