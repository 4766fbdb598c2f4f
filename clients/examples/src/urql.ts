/** urql with its normalised cache and the chat: tokens, resumed subscriptions, optimistic sends. Renders nothing. */
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { type Cache, cacheExchange } from '@urql/exchange-graphcache';
import { type ChatClient, ChatError, defaultStorage, Outbox } from '@chat/client';
import {
  type ChannelEventsSubscription,
  ChannelEventsDocument,
  HistoryDocument,
  type MessagePartsFragment,
  SendMessageDocument,
  type SendMessageInput,
  type SendMessageMutation,
} from './generated/operations.ts';
import { timeline, withMessage } from './history.ts';

/** For the account that is logged in; see account.ts. */
export function createUrqlChat(chat: ChatClient) {
  // One token for all tabs; one of them renews it.
  const auth = authExchange(async (utils) => {
    let token = await chat.session.accessToken().catch(() => undefined);
    return {
      addAuthToOperation: (operation) =>
        token ? utils.appendHeaders(operation, { authorization: `Bearer ${token}` }) : operation,
      // Also after a log-in, a log-out and a renewal by another tab.
      willAuthError: () => chat.session.needsRefresh || token !== chat.session.currentAccessToken,
      didAuthError: (error) => ChatError.from(error).code === 'UNAUTHENTICATED',
      async refreshAuth() {
        // A token that was current until now was refused, or is about to expire.
        const rejected = token === chat.session.currentAccessToken ? token : undefined;
        token = await chat.session.accessToken({ rejected }).catch(() => token);
      },
    };
  });

  // Subscriptions resume after the last event, whatever happens to sockets, tokens and servers.
  const resume = subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: chat.subscribe<Record<string, unknown>>(query!, variables, {
          next: ({ data, errors }) => sink.next({ data, errors: errors }),
          gap: () => void reload(),
          error: (error) => sink.error(error),
          complete: () => sink.complete(),
        }),
      }),
    }),
  });

  const show = (cache: Cache, channelId: string, message: MessagePartsFragment) =>
    cache.updateQuery(
      { query: HistoryDocument, variables: { channelId } },
      (history) => history && withMessage(history, message),
    );

  const client = new Client({
    url: chat.url,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        keys: { MessageConnection: () => null, MessageEdge: () => null, HistoryGap: () => null },
        updates: {
          Mutation: {
            sendMessage: ({ sendMessage }: SendMessageMutation, { input }: { input: SendMessageInput }, cache) =>
              show(cache, input.channelId, sendMessage),
          },
          Subscription: {
            channelEvents: (
              { channelEvents }: ChannelEventsSubscription,
              { channelId }: { channelId: string },
              cache,
            ) => {
              if ('message' in channelEvents) show(cache, channelId, channelEvents.message);
            },
          },
        },
      }),
      auth,
      fetchExchange,
      resume,
    ],
  });

  // Unsent messages are shown at once. They survive a reload, and a retry cannot double them.
  const outbox = new Outbox<SendMessageInput, MessagePartsFragment>({
    storage: defaultStorage(),
    account: chat.session.userId!,
    laneOf: ({ channelId }) => channelId,
    async send(input) {
      const { data, error } = await client.mutation(SendMessageDocument, { input });
      if (error) throw error;
      return data!.sendMessage;
    },
  });

  const followed = new Set<string>();
  const load = (channelId: string) =>
    client.query(HistoryDocument, { channelId }, { requestPolicy: 'network-only' }).toPromise();
  const reload = () => Promise.all([...followed].map(load));

  /** Loads the history and keeps it current. @returns a function that ends it */
  async function follow(channelId: string): Promise<() => void> {
    const { data, error } = await load(channelId);
    if (error) throw error;
    followed.add(channelId);
    const following = client
      .subscription(ChannelEventsDocument, { channelId, after: data!.channel.cursor })
      .subscribe(() => undefined); // the cache takes the events
    return () => {
      followed.delete(channelId);
      following.unsubscribe();
    };
  }

  return {
    client,
    outbox,
    follow,
    timeline: (channelId: string) =>
      timeline(client.readQuery(HistoryDocument, { channelId })?.data, outbox.entries, channelId),
    dispose: () => outbox.dispose(),
  };
}
