/** The default export of a plugin's main module. */
import type { Chat } from './chat.js';
import type { Events } from './events.js';
import type { ActionCall, CommandCall, Form, Reply, Unchecked } from './interactions.js';

/** Whatever it returns is awaited and ignored. */
type Handler<Argument> = (argument: Argument, chat: Chat) => unknown;

export interface BeforeMessage {
  text: string;
  channelId: string;
  authorId: string;
  isEdit: boolean;
}

/** Null: no objection. `text` replaces the text; `refuse` is the reason that the author reads. */
export type Verdict = null | { text: string } | { refuse: string };

/** All members are optional. The manifest names the events, hooks, commands and schedules that are used. */
export interface Plugin {
  events?: { [Name in keyof Events]?: Handler<Events[Name]> };
  hooks?: { beforeMessage?: (message: BeforeMessage, chat: Chat) => Verdict | Promise<Verdict> };
  commands?: Record<string, (call: CommandCall, chat: Chat) => Reply | Promise<Reply>>;
  /** Texts that complete the arguments of a command. */
  completions?: Record<string, (call: CommandCall, chat: Chat) => string[] | Promise<string[]>>;
  actions?: Record<string, (call: ActionCall, chat: Chat) => Reply | Form | Promise<Reply | Form>>;
  schedules?: Record<string, Handler<{ name: string; at: string }>>;
  /** An HTTP request to the plugin's own address. Header names are in lower case. */
  webhook?: Handler<{ headers: Record<string, string | null>; body: Unchecked }>;
  /** Changes stored values for a new version. If it rejects, the earlier version stays. */
  migrate?: Handler<{ from: string; to: string }>;
}
