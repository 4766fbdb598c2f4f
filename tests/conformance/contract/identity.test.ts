/** Every operation of contract/identity.graphql does what its name says, through HTTP and WebSocket, in the whole system. */
import { type LoginProvider, startLoginProvider } from '../harness/login-provider';
import { System } from '../harness/system';
import { accounts } from './accounts';
import { keys } from './keys';
import { presence } from './presence';
import { providers } from './providers';
import { rolesAndGrants } from './roles-and-grants';
import { sessions } from './sessions';
import { settings } from './settings';

const system = new System();
let provider: LoginProvider;
beforeAll(async () => {
  // The provider says at length that its keys and its store are for development.
  for (const level of ['warn', 'info'] as const) jest.spyOn(console, level).mockImplementation();
  provider = await startLoginProvider();
  await system.start({ OIDC_PROVIDERS: provider.config });
}, 60_000);
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

describe('accounts', () => accounts(system));
describe('sessions', () => sessions(system));
describe('login providers', () => providers(system, () => provider));
describe('roles and grants', () => rolesAndGrants(system));
describe('keys', () => keys(system));
describe('settings', () => settings(system));
describe('presence', () => presence(system));
