/** Apollo Client 4 with the chat: tokens, resumed subscriptions, optimistic sends. Renders nothing. */
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { OperationTypeNode } from 'graphql';
import { from, switchMap } from 'rxjs';
import { type ChatClient, ChatError, defaultStorage, Outbox, Refresher } from '@chat/client';
import {
  ChannelEventsDocument,
  ChannelsDocument,
  HistoryDocument,
  InboxEventsDocument,
  type MessagePartsFragment,
  SendMessageDocument,
  type SendMessageInput,
} from './generated/operations.ts';
import { byActivity, changesList } from './channels.ts';
import { timeline, withMessage } from './history.ts';
import { POSSIBLE_TYPES } from './possible-types.ts';

/** For the account that is logged in; see account.ts. */
export function createApolloChat(chat: ChatClient) {
  // A token that is valid for a while; all tabs share it, and one of them renews it.
  const authLink = new SetContextLink(async (context) => {
    const token = await chat.session.accessToken();
    const headers = context.headers as Record<string, string> | undefined;
    return { token, headers: token ? { ...headers, authorization: `Bearer ${token}` } : headers };
  });

  // A token that the server refuses although it seemed valid, for example after a change of the clock.
  const renewLink = new ErrorLink(({ error, operation, forward }) => {
    const { token } = operation.getContext() as { token?: string };
    if (ChatError.from(error).code !== 'UNAUTHENTICATED' || !token) return;
    return from(chat.session.accessToken({ rejected: token })).pipe(switchMap(() => forward(operation)));
  });

  // Subscriptions resume after the last event, whatever happens to sockets, tokens and servers.
  const resumeLink = new ApolloLink(
    ({ query, variables }) =>
      new Observable((observer) =>
        chat.subscribe<Record<string, unknown>>(query, variables, {
          next: ({ data, errors }) => observer.next({ data, errors }),
          gap: () => void client.refetchQueries({ include: 'active' }),
          error: (error) => observer.error(error),
          complete: () => observer.complete(),
        }),
      ),
  );

  const client = new ApolloClient({
    cache: new InMemoryCache({
      possibleTypes: POSSIBLE_TYPES,
      // An event replaces the one before it.
      typePolicies: { Subscription: { fields: { channelEvents: { merge: false }, inbox: { merge: false } } } },
    }),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      resumeLink,
      ApolloLink.from([renewLink, authLink, new HttpLink({ uri: chat.url })]),
    ),
  });

  const show = (channelId: string, message: MessagePartsFragment) =>
    client.cache.updateQuery(
      { query: HistoryDocument, variables: { channelId } },
      (history) => history && withMessage(history, message),
    );

  // Unsent messages are shown at once. They survive a reload, and a retry cannot double them.
  const outbox = new Outbox<SendMessageInput, MessagePartsFragment>({
    storage: defaultStorage(),
    account: chat.session.userId!,
    laneOf: ({ channelId }) => channelId,
    async send(input) {
      const { data } = await client.mutate({ mutation: SendMessageDocument, variables: { input } });
      show(input.channelId, data!.sendMessage);
      return data!.sendMessage;
    },
  });

  /** Loads the history and keeps it current. @returns a function that ends it */
  async function follow(channelId: string): Promise<() => void> {
    const query = { query: HistoryDocument, variables: { channelId } };
    // An active query is fetched again after a gap. In React, useQuery makes it active.
    const watching = client.watchQuery(query).subscribe(() => undefined);
    const { data } = await client.query(query);
    const following = client
      .subscribe({ query: ChannelEventsDocument, variables: { channelId, after: data!.channel.cursor } })
      .subscribe(({ data: event }) => {
        const { channelEvents } = event ?? {};
        if (channelEvents && 'message' in channelEvents) show(channelId, channelEvents.message);
      });
    return () => {
      watching.unsubscribe();
      following.unsubscribe();
    };
  }

  /** Loads the list of channels and keeps it current. @returns a function that ends it */
  async function followChannels(): Promise<() => void> {
    const load = () => client.query({ query: ChannelsDocument, fetchPolicy: 'network-only' });
    const watching = client.watchQuery({ query: ChannelsDocument }).subscribe(() => undefined); // as in `follow`
    const { data } = await load();
    const list = new Refresher(load);
    const following = client
      .subscribe({ query: InboxEventsDocument, variables: { after: data!.inbox.cursor } })
      .subscribe(({ data: event }) => {
        // The cache has taken the counts of a channel from its event.
        if (event && changesList(event)) list.request();
      });
    return () => {
      watching.unsubscribe();
      following.unsubscribe();
      list.dispose();
    };
  }

  return {
    client,
    outbox,
    follow,
    followChannels,
    channels: () => byActivity(client.readQuery({ query: ChannelsDocument })),
    timeline: (channelId: string) =>
      timeline(client.readQuery({ query: HistoryDocument, variables: { channelId } }), outbox.entries, channelId),
    dispose() {
      outbox.dispose();
      client.stop();
    },
  };
}
