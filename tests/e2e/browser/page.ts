/** The page of the browser test: the examples of docs/clients.md with handles for the test. Bundled by esbuild; renders nothing. */
import type { Unlisten } from '@chat/client';
import { createApolloChat } from '../../../clients/examples/src/apollo.ts';
import {
  ChannelEventsDocument,
  JoinChannelDocument,
  MarkReadDocument,
  SetTypingDocument,
} from '../../../clients/examples/src/generated/operations.ts';
import { startPage } from '../../../clients/examples/src/start.ts';
import { createUrqlChat } from '../../../clients/examples/src/urql.ts';
import { uploadByUppy } from './uppy.mjs';

const { location } = globalThis as unknown as { location: { search: string } };
const parameters = new URLSearchParams(location.search);
const create = parameters.get('client') === 'urql' ? createUrqlChat : createApolloChat;

type Application = ReturnType<typeof createApolloChat> | ReturnType<typeof createUrqlChat>;
let application: Application | undefined;
let following: Unlisten[] = [];

const chat = startPage<Application>({ url: parameters.get('url')!, timeoutMs: 40_000 }, create, {
  showLogIn: () => (application = undefined),
  showChat(state) {
    application = state;
    following = [];
  },
});

/** All that happened to this tab. */
const log = { session: [] as string[], heard: [] as string[], gaps: 0, errors: [] as string[], reconnects: 0 };
chat.session.onChange(({ type }) => void log.session.push(type));
chat.onConnection((state) => void (state === 'waiting' && log.reconnects++));

const tab = {
  log,
  userId: () => chat.session.userId,
  now: () => Date.now(),
  register: (username: string, password: string) =>
    chat.session.register({ username, email: `${username}@example.org`, password }),
  logOut: () => chat.session.logOut(),
  createChannel: async () => {
    const document = 'mutation { createChannel(input: { name: "an hour", type: PUBLIC }) { id } }';
    return (await chat.execute<{ createChannel: { id: string } }>(document)).createChannel.id;
  },
  join: (channelId: string) => chat.execute(JoinChannelDocument, { channelId }),
  /** The application's own way, and the bare events beside it. */
  async follow(channelId: string) {
    const { channel } = await chat.execute<{ channel: { cursor: string } }>(
      'query ($id: ID!) { channel(id: $id) { cursor } }',
      { id: channelId },
    );
    const bare = chat.subscribe(
      ChannelEventsDocument,
      { channelId, after: channel.cursor },
      {
        next: ({ data: { channelEvents: event } }) => {
          if (event.__typename === 'MessageAdded') log.heard.push(event.message.body);
        },
        gap: () => void log.gaps++,
        error: ({ code }) => void log.errors.push(code),
      },
    );
    following.push(bare, await application!.follow(channelId), await application!.followChannels());
  },
  send: (channelId: string, body: string) => application!.outbox.send({ channelId, body }).id,
  typing: (channelId: string) => chat.execute(SetTypingDocument, { channelId }),
  markLastRead(channelId: string) {
    const last = application!.timeline(channelId).findLast(({ state }) => state === 'sent');
    return last ? chat.execute(MarkReadDocument, { channelId, messageId: last.id }) : undefined;
  },
  /** Uploads a file of `size` bytes in chunks by Uppy, to which `resumableUrl` is the endpoint. @returns its status and size */
  async upload(size: number, chunkSize: number) {
    const { beginUpload } = await chat.execute<{ beginUpload: { file: { id: string }; resumableUrl: string } }>(
      'mutation ($input: BeginUploadInput!) { beginUpload(input: $input) { file { id } resumableUrl } }',
      { input: { name: 'page.bin', size } },
    );
    const data = new Blob([crypto.getRandomValues(new Uint8Array(size))]);
    await uploadByUppy(beginUpload.resumableUrl, data, chunkSize);
    const { completeUpload } = await chat.execute<{ completeUpload: { status: string; size: number } }>(
      'mutation ($id: ID!) { completeUpload(id: $id) { status size } }',
      { id: beginUpload.file.id },
    );
    return completeUpload;
  },
  timeline: (channelId: string) => application!.timeline(channelId),
  unsent: () => application!.outbox.entries.length,
};

export type Tab = typeof tab;

(globalThis as unknown as { tab: Tab }).tab = tab;
