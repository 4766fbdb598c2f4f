/** A client of the chat: one session, operations over HTTP or the WebSocket of the subscriptions. Caches nothing and renders nothing. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { DocumentNode } from 'graphql';
import { ChatError } from './chat-error.ts';
import type { Unlisten } from './emitter.ts';
import { requestOnce } from './live-request.ts';
import { type ConnectionState, LiveSocket } from './live-socket.ts';
import { type LiveObserver, LiveSubscription, type ResumeOptions } from './live-subscription.ts';
import { post, textOf } from './post.ts';
import { Session, type SessionOptions } from './session.ts';
import { onWakeUp } from './wake-ups.ts';

export interface ChatClientOptions extends SessionOptions {
  /** Default: `url` with `ws:` or `wss:`. */
  socketUrl?: string;
  /** A WebSocket class. Needed in Node before version 22: `import WebSocket from 'ws'`. */
  webSocketImpl?: unknown;
}

export interface ExecuteOptions {
  signal?: AbortSignal;
  /** Deadline in milliseconds. Default: 15,000. */
  timeoutMs?: number;
}

/** The text of an operation, or a document that knows its types. */
export type Operation<Data, Variables> = string | DocumentNode | TypedDocumentNode<Data, Variables>;

export class ChatClient {
  /** `http://host:port/graphql` */
  readonly url: string;
  readonly session: Session;
  private readonly socket: LiveSocket;
  private readonly subscriptions = new Set<LiveSubscription<never>>();
  private readonly unlisten: Unlisten[];

  constructor(private readonly options: ChatClientOptions) {
    this.url = options.url;
    this.session = new Session(options);
    this.socket = new LiveSocket({
      url: options.socketUrl ?? options.url.replace(/^http/, 'ws'),
      session: this.session,
      webSocketImpl: options.webSocketImpl,
    });
    const changes = this.session.onChange(({ type }) => {
      if (type === 'renewed') return;
      if (type !== 'logged-in') this.endSubscriptions();
      this.socket.reconnect();
    });
    this.unlisten = [changes, onWakeUp(() => this.wake())];
  }

  /** The state of the WebSocket, which is open only while there are subscriptions or live operations. */
  get connection(): ConnectionState {
    return this.socket.state;
  }

  onConnection(listener: (state: ConnectionState) => void): Unlisten {
    return this.socket.onState(listener);
  }

  /**
   * Runs a query or mutation. If the token is refused, gets a new one and tries once more; other failures are not repeated.
   * @throws ChatError if the response has any errors
   */
  async execute<Data, Variables extends object = Record<string, unknown>>(
    operation: Operation<Data, Variables>,
    variables?: Variables,
    { signal, timeoutMs = this.options.timeoutMs ?? 15_000 }: ExecuteOptions = {},
  ): Promise<Data> {
    const { url, fetch = globalThis.fetch } = this.options;
    const attempt = async (accessToken: string | undefined) => {
      const request = { url, fetch, signal, timeoutMs, accessToken };
      const { data, errors } = await post<Data>(request, textOf(operation), variables);
      return errors ? ChatError.ofResponse(errors) : { data: data as Data };
    };
    const accessToken = await this.session.accessToken();
    let result = await attempt(accessToken);
    if (result instanceof ChatError && result.code === 'UNAUTHENTICATED' && accessToken) {
      const next = await this.session.accessToken({ rejected: accessToken });
      if (next) result = await attempt(next);
    }
    if (result instanceof ChatError) throw result;
    return result.data;
  }

  /**
   * Runs a query or mutation over the WebSocket, which is opened for it if there are no subscriptions. For small, frequent operations such
   * as `move`, and for those that must come from the connection of the subscriptions. Never repeated: after NETWORK_ERROR, the
   * server may have executed it.
   * @throws ChatError if the response has any errors, or NETWORK_ERROR if the socket closed before the answer
   */
  async executeLive<Data, Variables extends object = Record<string, unknown>>(
    operation: Operation<Data, Variables>,
    variables?: Variables,
    { signal, timeoutMs = this.options.timeoutMs ?? 15_000 }: ExecuteOptions = {},
  ): Promise<Data> {
    const request = { query: textOf(operation), variables: { ...variables }, signal, timeoutMs };
    const { data, errors } = await requestOnce(this.socket, request);
    if (errors) throw ChatError.ofResponse(errors);
    return data as Data;
  }

  /**
   * Starts a subscription that survives disconnections. If it has a variable `$after`, it resumes after the last delivered event, so
   * that none is lost or repeated; start it with a cursor from a query to miss nothing in between. Select `cursor`, and `__typename`
   * if the field can return a HistoryGap.
   * @returns a function that ends it
   */
  subscribe<Data, Variables extends object = Record<string, unknown>>(
    operation: Operation<Data, Variables>,
    variables: Variables | undefined,
    observer: LiveObserver<Data>,
    options: ResumeOptions<Data> = {},
  ): Unlisten {
    const request = { query: textOf(operation), variables: { ...variables }, ...options };
    const over = () => this.subscriptions.delete(subscription);
    const subscription: LiveSubscription<Data> = new LiveSubscription(this.socket, this.session, request, {
      next: (event) => observer.next(event),
      gap: (reason) => observer.gap(reason),
      error: (error) => {
        over();
        observer.error(error);
      },
      complete: () => {
        over();
        observer.complete?.();
      },
    });
    this.subscriptions.add(subscription);
    return () => {
      over();
      subscription.end();
    };
  }

  /** Ends all delays between attempts. Pages do so by themselves when they are back online or in front. */
  wake(): void {
    this.session.wake();
    this.socket.wake();
    for (const subscription of this.subscriptions) subscription.wake();
  }

  /** Ends all subscriptions without telling their observers. The session stays. */
  dispose(): void {
    for (const unlisten of this.unlisten) unlisten();
    for (const subscription of this.subscriptions) subscription.end();
    this.subscriptions.clear();
    this.socket.dispose();
    this.session.dispose();
  }

  private endSubscriptions(): void {
    for (const subscription of [...this.subscriptions])
      subscription.fail(ChatError.of('UNAUTHENTICATED', 'The session has ended.'));
  }
}
