/** A page in React with Apollo Client: a log-in form, the channels, and the messages of one of them. Without any style. */
import { ApolloProvider, useMutation, useQuery } from '@apollo/client/react';
import { ChatError } from '@chat/client';
import { type SyntheticEvent, useEffect, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { createApolloChat } from './apollo.ts';
import { byActivity } from './channels.ts';
import { ChannelsDocument, HistoryDocument, JoinChannelDocument, MarkReadDocument } from './generated/operations.ts';
import { timeline } from './history.ts';
import { startPage, type View } from './start.ts';

type Chat = ReturnType<typeof createApolloChat>;

/** The id of `#general` in every installation. */
const GENERAL = '00000000-0000-7000-8000-000000000001';

/** @param url `http://127.0.0.1:4000/graphql` */
export function showPage(element: HTMLElement, url: string): void {
  const root = createRoot(element);
  let accounts = 0;
  startPage<Chat>({ url }, createApolloChat, {
    showLogIn: (logIn) => root.render(<LogIn logIn={logIn} />),
    // The key drops the state of components when another account is logged in.
    showChat: (chat) =>
      root.render(
        <ApolloProvider key={++accounts} client={chat.client}>
          <Channels chat={chat} />
        </ApolloProvider>,
      ),
  });
}

function LogIn({ logIn }: { logIn: Parameters<View<Chat>['showLogIn']>[0] }) {
  const [refusal, setRefusal] = useState<string>();
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const done = logIn(form.get('name') as string, form.get('password') as string);
    done.catch((error: unknown) => setRefusal(ChatError.from(error).message));
  };
  return (
    <form onSubmit={submit}>
      <input name="name" placeholder="Name or e-mail address" />
      <input name="password" type="password" placeholder="Password" />
      <button>Log in</button>
      {refusal && <p role="alert">{refusal}</p>}
    </form>
  );
}

function Channels({ chat }: { chat: Chat }) {
  const { data } = useQuery(ChannelsDocument);
  const [join] = useMutation(JoinChannelDocument, { variables: { channelId: GENERAL } });
  const [chosen, choose] = useState<string>();
  useEffect(() => whileShown(chat.followChannels()), [chat]);
  const channels = byActivity(data);
  return (
    <main>
      <ul>
        {channels.map(({ id, name, viewerMembership }) => (
          <li key={id}>
            <button onClick={() => choose(id)}>
              {name} ({viewerMembership?.unreadCount ?? 0})
            </button>
          </li>
        ))}
      </ul>
      {data && channels.length === 0 && <button onClick={() => void join()}>Join #general</button>}
      {chosen && <Messages key={chosen} chat={chat} channelId={chosen} />}
    </main>
  );
}

function Messages({ chat, channelId }: { chat: Chat; channelId: string }) {
  const { data } = useQuery(HistoryDocument, { variables: { channelId } });
  const unsent = useSyncExternalStore(
    (listener) => chat.outbox.onChange(listener),
    () => chat.outbox.entries,
  );
  const [draft, setDraft] = useState('');
  const [markRead] = useMutation(MarkReadDocument, { onError: () => undefined }); // the next message repeats it
  useEffect(() => whileShown(chat.follow(channelId)), [chat, channelId]);
  const messageId = data?.channel.messages.edges.at(-1)?.node.id;
  useEffect(() => {
    if (messageId) void markRead({ variables: { channelId, messageId } });
  }, [markRead, channelId, messageId]);
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    chat.outbox.send({ channelId, body: draft });
    setDraft('');
  };
  return (
    <section>
      <ol>
        {timeline(data, unsent, channelId).map(({ id, body, state }) => (
          <li key={id} data-state={state}>
            {body}
          </li>
        ))}
      </ol>
      <form onSubmit={send}>
        <input value={draft} onChange={({ target }) => setDraft(target.value)} placeholder="Message" />
      </form>
    </section>
  );
}

/** For `useEffect`: ends what was started, even if it starts only after the component has gone. */
function whileShown(following: Promise<() => void>): () => void {
  following.catch((error: unknown) => console.error(ChatError.from(error)));
  return () => void following.then((end) => end()).catch(() => undefined);
}
