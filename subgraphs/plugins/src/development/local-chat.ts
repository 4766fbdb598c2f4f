/** The API of plugins over a chat in memory: one channel, with the messages and values of one plugin. Sends nothing to a server. */
import { newId } from '@chat/kit/ids';
import type { OutboundHttp } from '@chat/kit/outbound/outbound-http';
import { interactionReply } from '../actions/interaction.store';
import { graphOperations } from '../api/graph.operations';
import { httpOperations } from '../api/http.operations';
import { PluginApi, type Operations } from '../api/plugin.api';
import { parsed, sending, update, type Button } from '../api/plugin.messages';
import { defaultsOf } from '../bundles/config-schema';
import type { GraphClient } from '../graph/graph.client';

export interface LocalMessage {
  id: string;
  text: string;
  buttons: Button[];
}

export interface LocalChatOptions {
  http: OutboundHttp;
  /** Answers `chat.graph.query`, with the key of a test account. */
  graph?: { client: GraphClient; key: string };
  /** A line for the person at the terminal. */
  print: (line: string) => void;
}

export class LocalChat {
  readonly channelId = newId();
  readonly userId = newId();
  readonly stored = new Map<string, unknown>();
  readonly messages: LocalMessage[] = [];
  readonly api: PluginApi;

  constructor(private readonly options: LocalChatOptions) {
    const { graph, http } = options;
    this.api = new PluginApi({
      ...this.storage(),
      ...this.sending(),
      ...httpOperations(http),
      ...(graph && graphOperations(graph.client, { keyOf: () => graph.key })),
    });
  }

  /** The latest message that has this button. */
  withButton(id: string): { message: LocalMessage; button: Button } | undefined {
    for (const message of this.messages.toReversed()) {
      const button = message.buttons.find((each) => each.id === id);
      if (button) return { message, button };
    }
    return undefined;
  }

  post(text: string, buttons: Button[] = []): LocalMessage {
    const message = { id: newId(), text, buttons };
    this.messages.push(message);
    this.options.print(`bot: ${text}${buttons.map(({ id, label }) => `  [${label}: :press ${id}]`).join('')}`);
    return message;
  }

  private storage(): Operations {
    const permission = 'storage';
    const keyOf = (key: unknown): string => {
      if (typeof key === 'string' && key !== '' && key.length <= 200) return key;
      throw new Error('A key is text of 1 to 200 characters.');
    };
    return {
      config: {
        isForHooks: true,
        run: async ({ plugin }) => ({ ...defaultsOf(plugin.manifest.configSchema), ...plugin.config }),
      },
      'storage.get': {
        permission,
        isForHooks: true,
        run: async (_call, { key }) => this.stored.get(keyOf(key)) ?? null,
      },
      'storage.set': {
        permission,
        run: async (_call, { key, value }) => void this.stored.set(keyOf(key), value ?? null),
      },
      'storage.delete': { permission, run: async (_call, { key }) => void this.stored.delete(keyOf(key)) },
      'storage.list': {
        permission,
        run: async (_call, { prefix }) =>
          [...this.stored.keys()].filter((key) => key.startsWith(String(prefix))).sort(),
      },
      'storage.increment': {
        permission,
        run: async (_call, { key, by }) => {
          const before = this.stored.get(keyOf(key)) ?? 0;
          if (typeof before !== 'number' || typeof by !== 'number') throw new Error('The stored value is no number.');
          this.stored.set(keyOf(key), before + by);
          return before + by;
        },
      },
    };
  }

  private sending(): Operations {
    const permission = 'messages:send';
    return {
      'messages.send': {
        permission,
        run: async (_call, argument) => {
          const { text, buttons } = parsed(sending, argument);
          return { id: this.post(text, buttons ?? []).id };
        },
      },
      'messages.update': {
        permission,
        run: async (_call, argument) => {
          const { messageId, text, buttons } = parsed(update, argument);
          const message = this.messages.find(({ id }) => id === messageId);
          if (!message) throw new Error('NOT_FOUND: the bot has no such message.');
          Object.assign(message, { text, ...(buttons && { buttons }) });
          this.options.print(`bot, edited: ${text}`);
          return { id: messageId };
        },
      },
      'interactions.reply': {
        run: async (_call, argument) => {
          const { text, visibility } = parsed(interactionReply, argument);
          if (visibility === 'channel') return { id: this.post(text).id };
          this.options.print(`bot, only to you: ${text}`);
          return null;
        },
      },
    };
  }
}
