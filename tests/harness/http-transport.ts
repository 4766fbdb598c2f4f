/** A transport through the public API of a gateway: a stock `fetch` and a stock graphql-ws client, as clients use them. */
import type { Answer, Transport, Variables } from '@chat/kit/testing/person';
import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface HttpTransportOptions {
  /** Headers of every request. */
  headers?: Readonly<Record<string, string>>;
  /** Options of the WebSocket client; without any it does not reconnect. */
  socket?: Partial<ClientOptions>;
}

/** Options of a client that reconnects for as long as a test may take. */
export const RECONNECTING: Partial<ClientOptions> = {
  retryAttempts: 100,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  shouldRetry: () => true,
};

export class HttpTransport implements Transport, AsyncDisposable {
  /** Processes may have to be restarted before a result arrives. */
  readonly patienceMs = 45_000;
  private client: Client | undefined;

  /**
   * @param url the gateway's `http://…/graphql`
   * @param token access token or API key, for the header and the connection parameters
   */
  constructor(
    readonly url: string,
    readonly token?: string,
    private readonly options: HttpTransportOptions = {},
  ) {}

  /** The answer for any status. @throws if it is not JSON */
  async execute(query: string, variables: Variables = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.options.headers, ...headers, ...this.authorization },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  subscribe(query: string, variables: Variables = {}): AsyncIterator<Answer> {
    return this.socket.iterate({ query, variables }) as AsyncIterator<Answer>;
  }

  /** The one WebSocket of this transport. */
  get socket(): Client {
    return (this.client ??= createClient({
      url: this.url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: this.authorization,
      retryAttempts: 0,
      ...this.options.socket,
    }));
  }

  private get authorization(): Record<string, string> {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client?.dispose();
  }
}
