/** The people of the conformance tests: the common verbs, with the operations of the contract by their names. */
import { type Data, Person as AnyPerson, type Variables } from '@chat/kit/testing/person';
import type { Client } from 'graphql-ws';
import { HttpTransport } from '../../harness/http-transport';
import { contractOperation } from './contract';
import { Watch } from './watch';

export type { Data } from '@chat/kit/testing/person';

/** A client with only the address, or with a token of unknown origin. */
export class Nobody extends AnyPerson implements AsyncDisposable {
  declare protected readonly transport: HttpTransport;

  /** @param headers further headers of requests */
  constructor(
    readonly url: string,
    readonly token?: string,
    headers: Readonly<Record<string, string>> = {},
    id = '',
  ) {
    super(new HttpTransport(url, token, { headers }), id);
  }

  /** The answer to any document, for any status. */
  override asks(text: string, variables: object = {}): Promise<Data> {
    return super.asks(text, variables);
  }

  /** The field that the contract's operation of that name selects. @throws with its errors */
  override async does(name: string, variables: object = {}): Promise<Data> {
    const { text, field } = contractOperation(name);
    const { data, errors } = await this.asks(text, variables);
    if (errors) throw new Error(`${name}: ${JSON.stringify(errors)}`);
    return data[field];
  }

  /** The `extensions` of the first error of a contract operation that must fail. */
  override isRefused(name: string, variables: object = {}): Promise<Data> {
    return super.isRefused(contractOperation(name).text, variables);
  }

  /** Starts a subscription of the contract over the one WebSocket of this person. */
  override async follows(name: string, variables: object = {}): Promise<Watch> {
    const { text, field } = contractOperation(name);
    return Promise.resolve(new Watch(this.transport.subscribe(text, variables as Variables), text, field));
  }

  /** The `extensions` of the first error of a subscription that must not start. */
  async mayNotFollow(name: string, variables: object = {}): Promise<Data> {
    const [error] = await (await this.follows(name, variables)).failure();
    return error.extensions;
  }

  /** The WebSocket client, for operations outside the contract. */
  get socket(): Client {
    return this.transport.socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport[Symbol.asyncDispose]();
  }
}

/** The result of a login: the contract's selection of the user, and more if the test knows it. */
export interface Login {
  accessToken: string;
  refreshToken?: string;
  user: { id: string; username?: string; displayName?: string };
}

/** A client that is logged in. */
export class Person extends Nobody {
  readonly username: string;
  readonly displayName: string;
  readonly refreshToken: string;

  constructor(url: string, { accessToken, refreshToken = '', user }: Login) {
    super(url, accessToken, {}, user.id);
    this.username = user.username ?? '';
    this.displayName = user.displayName ?? '';
    this.refreshToken = refreshToken;
  }

  get email(): string {
    return `${this.username}@example.org`;
  }
}
