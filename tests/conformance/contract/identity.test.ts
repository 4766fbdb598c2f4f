/** Every operation of contract/identity.graphql works as named, over HTTP and WebSocket, in the whole system. */
import { CLIENT, type LoginProvider, startLoginProvider } from '../../../subgraphs/identity/src/testing/login-provider';
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
  provider = await startLoginProvider();
  const corp = { id: 'corp', name: 'Corp', issuer: provider.issuer, ...CLIENT };
  await system.start({ OIDC_PROVIDERS: JSON.stringify([corp]) });
}, 300_000);
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
