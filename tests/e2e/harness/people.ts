/** What people do at the start of most scenarios: get an account, open a channel, say hello, listen. */
import {
  CreateChannelDocument,
  JoinChannelDocument,
  type MessageAddedSubscription,
  MessageAddedDocument,
  RegisterDocument,
  SendMessageDocument,
} from '../../generated/operations';
import { ChatClient } from './client';

export const PASSWORD = 'violet tractor gymnast';

/** A message as `messageAdded` brings it. */
export type LiveMessage = MessageAddedSubscription['messageAdded'];

/** Registers `name` at the gateway `url` and returns a client that is logged in. */
export async function register(url: string, name: string): Promise<ChatClient> {
  await using nobody = new ChatClient(url);
  const input = { username: name, email: `${name}@example.org`, password: PASSWORD, displayName: name.toUpperCase() };
  const { register: session } = await nobody.request(RegisterDocument, { input });
  return new ChatClient(url, session.accessToken);
}

/** A public channel in which `owner` has said "hello" (number 1) and which the others have joined. */
export async function openChannel(
  owner: ChatClient,
  ...others: ChatClient[]
): Promise<{ channelId: string; cursor: string }> {
  const { createChannel } = await owner.request(CreateChannelDocument, { input: { name: 'general' } });
  const channelId = createChannel.id;
  for (const other of others) await other.request(JoinChannelDocument, { channelId });
  return { channelId, cursor: await send(owner, channelId, 'hello') };
}

/** Returns the message's cursor. */
export async function send(client: ChatClient, channelId: string, body: string): Promise<string> {
  const { sendMessage } = await client.request(SendMessageDocument, { input: { channelId, body } });
  return sendMessage.cursor;
}

/** The first `count` messages after `cursor`, as they come over a WebSocket. @throws on an error instead of a message. */
export async function hear(
  client: ChatClient,
  { channelId, cursor }: { channelId: string; cursor: string },
  count: number,
): Promise<LiveMessage[]> {
  const heard: LiveMessage[] = [];
  for await (const { data, errors } of client.subscribe(MessageAddedDocument, { channelId, after: cursor })) {
    if (!data) throw new Error(JSON.stringify(errors));
    heard.push(data.messageAdded);
    if (heard.length === count) break;
  }
  return heard;
}
