/** What a client of the system is: a stock `fetch` and a stock graphql-ws client, with typed documents. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type ExecutionResult, print } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

export class ChatClient implements AsyncDisposable {
  private readonly sockets: Client;

  /** @param url the gateway's `http://…/graphql` */
  constructor(
    private readonly url: string,
    readonly token?: string,
  ) {
    this.sockets = createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: token ? { authorization: `Bearer ${token}` } : {},
      retryAttempts: 100,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
      shouldRetry: () => true,
    });
  }

  /** The whole result, with its errors. @throws where no GraphQL answer comes. */
  async execute<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    headers: Record<string, string> = {},
  ): Promise<ExecutionResult<Data>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...(this.token && { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query: print(document), variables }),
    });
    return (await response.json()) as ExecutionResult<Data>;
  }

  /** The data. @throws with the errors where there are any. */
  async request<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
    const { data, errors } = await this.execute(document, variables);
    if (errors || !data) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** The events of a subscription, one after the other. */
  subscribe<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): AsyncIterableIterator<ExecutionResult<Data>> {
    return this.sockets.iterate<Data>({ query: print(document), variables }) as AsyncIterableIterator<
      ExecutionResult<Data>
    >;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sockets.dispose();
  }
}
