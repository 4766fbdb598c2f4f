/** urql with its normalised cache and the chat: tokens, resumed subscriptions, optimistic sends. Renders nothing. */
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { type Cache, cacheExchange } from '@urql/exchange-graphcache';
import { type ChatClient, ChatError, defaultStorage, Outbox, Refresher } from '@chat/client';
import {
  type ChannelEventsSubscription,
  ChannelEventsDocument,
  ChannelsDocument,
  HistoryDocument,
  InboxEventsDocument,
  type MessagePartsFragment,
  SendMessageDocument,
  type SendMessageInput,
  type SendMessageMutation,
} from './generated/operations.ts';
import { byActivity, changesList } from './channels.ts';
import { timeline, withMessage } from './history.ts';
import { POSSIBLE_TYPES } from './possible-types.ts';

/** Types without an id: their objects belong to the object around them. */
const WITHOUT_ID = [
  'MessageConnection',
  'MessageEdge',
  'Inbox',
  'ChannelConnection',
  'ChannelEdge',
  'ViewerMembership',
  'HistoryGap',
];

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
        possibleTypes: POSSIBLE_TYPES,
        keys: Object.fromEntries(WITHOUT_ID.map((type) => [type, () => null])),
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

  /** Loads each followed list again. */
  const followed = new Set<() => Promise<unknown>>();
  const reload = () => Promise.all([...followed].map((load) => load()));

  /** Loads the history and keeps it current. @returns a function that ends it */
  async function follow(channelId: string): Promise<() => void> {
    const load = () => client.query(HistoryDocument, { channelId }, { requestPolicy: 'network-only' }).toPromise();
    const { data, error } = await load();
    if (error) throw error;
    followed.add(load);
    const following = client
      .subscription(ChannelEventsDocument, { channelId, after: data!.channel.cursor })
      .subscribe(() => undefined); // the cache takes the events
    return () => {
      followed.delete(load);
      following.unsubscribe();
    };
  }

  /** Loads the list of channels and keeps it current. @returns a function that ends it */
  async function followChannels(): Promise<() => void> {
    const load = async () => {
      const { data, error } = await client.query(ChannelsDocument, {}, { requestPolicy: 'network-only' });
      if (error) throw error;
      return data!.inbox;
    };
    const { cursor } = await load();
    const list = new Refresher(load);
    const request = async () => list.request();
    followed.add(request);
    const following = client
      .subscription(InboxEventsDocument, { after: cursor })
      // The cache has taken the counts of a channel from its event.
      .subscribe(({ data: event }) => void (event && changesList(event) && list.request()));
    return () => {
      followed.delete(request);
      following.unsubscribe();
      list.dispose();
    };
  }

  return {
    client,
    outbox,
    follow,
    followChannels,
    channels: () => byActivity(client.readQuery(ChannelsDocument, {})?.data),
    timeline: (channelId: string) =>
      timeline(client.readQuery(HistoryDocument, { channelId })?.data, outbox.entries, channelId),
    dispose: () => outbox.dispose(),
  };
}
