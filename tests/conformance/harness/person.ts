/** Somebody who uses the system through its public door only: `fetch` and a stock graphql-ws client, with the operations of the contract. */
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { contractOperation } from './contract';
import { Watch } from './watch';

// What clients see is compared by value, so results are untyped.
export type Data = any;

/** Who has nothing but the address, or a token that was found somewhere. */
export class Nobody implements AsyncDisposable {
  private client: Client | undefined;

  /**
   * @param token access token or API key; goes into the header and into the connection parameters
   * @param headers further headers of requests
   */
  constructor(
    readonly url: string,
    readonly token?: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** What the operation of that name gives for the field that it asks for. @throws where it has errors. */
  async does(name: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const { data, errors } = await this.post(contractOperation(name).text, variables);
    if (errors) throw new Error(`${name}: ${JSON.stringify(errors)}`);
    return data[contractOperation(name).field];
  }

  /** The `extensions` of the first error of an operation that must fail. */
  async isRefused(name: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const { data, errors } = await this.post(contractOperation(name).text, variables);
    if (!errors) throw new Error(`${name} was not refused: ${JSON.stringify(data)}`);
    return errors[0].extensions;
  }

  /** The answer to any document over HTTP, whatever its status. */
  async post(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...this.headers,
        ...(this.token && { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  }

  /** Starts a subscription over the one WebSocket of this person. */
  watches(name: string, variables: Record<string, unknown> = {}): Watch {
    const { text, field } = contractOperation(name);
    return new Watch(this.socket.iterate({ query: text, variables }), field);
  }

  /** The `extensions` of the first error of a subscription that must not start. */
  async mayNotWatch(name: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const [error] = await this.watches(name, variables).failure();
    return error.extensions;
  }

  /** Where this person's subscriptions come through. */
  get socket(): Client {
    return (this.client ??= createClient({
      url: this.url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: this.token ? { authorization: `Bearer ${this.token}` } : {},
      retryAttempts: 0,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client?.dispose();
  }
}

/** What a login gives, with what the contract selects of the user, and more where the test knows it. */
export interface Login {
  accessToken: string;
  refreshToken?: string;
  user: { id: string; username?: string; displayName?: string };
}

/** Who is logged in. */
export class Person extends Nobody {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly refreshToken: string;

  constructor(url: string, { accessToken, refreshToken = '', user }: Login) {
    super(url, accessToken);
    this.id = user.id;
    this.username = user.username ?? '';
    this.displayName = user.displayName ?? '';
    this.refreshToken = refreshToken;
  }

  get email(): string {
    return `${this.username}@example.org`;
  }
}
