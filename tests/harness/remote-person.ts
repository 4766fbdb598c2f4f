/** People of the chat over HTTP and WebSockets. Holds no operation of the contract; see conformance/harness. */
import { ChatPerson } from '../../subgraphs/messaging/src/testing/chat-person';
import { HttpTransport, type HttpTransportOptions, RECONNECTING } from './http-transport';

export const PASSWORD = 'violet tractor gymnast';

const REGISTER = `mutation ($input: RegisterInput!) {
  register(input: $input) { accessToken user { id } }
}`;
const LOGIN = `mutation ($input: LoginInput!) {
  login(input: $input) { accessToken user { id } }
}`;

interface Session {
  accessToken: string;
  user: { id: string };
}

export class RemotePerson extends ChatPerson implements AsyncDisposable {
  declare protected readonly transport: HttpTransport;

  /** Without a token: a visitor. Reconnects unless `options` say otherwise. */
  constructor(url: string, token?: string, id = '', options: HttpTransportOptions = { socket: RECONNECTING }) {
    super(new HttpTransport(url, token, options), id);
  }

  /** Registers `name`, with {@link PASSWORD}. */
  static async registers(url: string, name: string): Promise<RemotePerson> {
    await using visitor = new RemotePerson(url);
    const input = { username: name, email: `${name}@example.org`, password: PASSWORD, displayName: name.toUpperCase() };
    const { register } = await visitor.does<{ register: Session }>(REGISTER, { input });
    return new RemotePerson(url, register.accessToken, register.user.id);
  }

  static async logsIn(url: string, identifier: string, password = PASSWORD): Promise<RemotePerson> {
    await using visitor = new RemotePerson(url);
    const { login } = await visitor.does<{ login: Session }>(LOGIN, { input: { identifier, password } });
    return new RemotePerson(url, login.accessToken, login.user.id);
  }

  /** The same person, with the same token, at another gateway. */
  at(url: string): RemotePerson {
    return new RemotePerson(url, this.token, this.id);
  }

  get token(): string | undefined {
    return this.transport.token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport[Symbol.asyncDispose]();
  }
}
