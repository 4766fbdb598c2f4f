/** The calls of plugins. Each call without a grant rejects with an error that begins with FORBIDDEN. */
import type { Button, Unchecked, Visibility } from './interactions.js';

/** The second argument of every function of a plugin. */
export interface Chat {
  /** The settings that the administrator chose, with the defaults of the manifest. Available to before-hooks. */
  config<Config = Record<string, Unchecked>>(): Promise<Config>;
  /** The log that administrators see; the same as `console`. */
  log: Log;
  storage: Storage;
  messages: Messages;
  interactions: Interactions;
  graph: Graph;
  http: Http;
}

export interface Log {
  debug(...parts: unknown[]): void;
  info(...parts: unknown[]): void;
  log(...parts: unknown[]): void;
  warn(...parts: unknown[]): void;
  error(...parts: unknown[]): void;
}

/** Values of the plugin by key (1 to 200 characters), within a quota. Requires `storage`. */
export interface Storage {
  /** Null if nothing is stored. Available to before-hooks. */
  get<Value = Unchecked>(key: string): Promise<Value | null>;
  /** Any value that JSON can hold. */
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  /** At most 1,000 keys, sorted. */
  list(prefix?: string): Promise<string[]>;
  /** Adds to a number, by default 1; atomic. A missing value counts as 0. Resolves to the sum. */
  increment(key: string, by?: number): Promise<number>;
}

/** Messages of the plugin's bot. Requires `messages:send`. */
export interface Messages {
  /** Joins a public channel if it has to. A call that is repeated after a crash sends nothing twice. */
  send(message: {
    channelId: string;
    text: string;
    parentId?: string | null;
    buttons?: Button[];
  }): Promise<{ id: string }>;
  /** Edits a message of the bot. Buttons stay as they are unless they are given. */
  update(message: { messageId: string; text: string; buttons?: Button[] }): Promise<{ id: string }>;
}

export interface Interactions {
  /** Replies to an action for 15 minutes after it. Only the actor sees a private reply. */
  reply(token: string, reply: { text: string; visibility?: Visibility }): Promise<{ id: string } | null>;
}

export interface Graph {
  /**
   * One query (`graph:read`) or mutation (`graph:write`) of the graph as the bot, with the bot's permissions. Errors of the graph are in
   * the result.
   */
  query<Data = Record<string, Unchecked>>(
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<{ data: Data | null; errors?: { message: string; extensions?: Record<string, Unchecked> }[] }>;
}

export interface Http {
  /**
   * One HTTP request to a host with a granted `network:<host>`. Rejects with REFUSED, TIMEOUT or UNREACHABLE. A status such as 404 is
   * no rejection.
   */
  fetch(
    url: string,
    options?: {
      method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
      headers?: Record<string, string>;
      body?: string;
    },
  ): Promise<{ status: number; headers: Record<string, string>; text: string }>;
}
