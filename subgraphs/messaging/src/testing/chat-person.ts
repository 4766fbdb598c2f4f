/**
 * The verbs of a chat for tests over any transport: tests of this subgraph and the end-to-end tests use the same.
 * Holds the beginnings of scenarios only; a test writes the operation under test out.
 */
import { type Data, type Listening, Person } from '@chat/kit/testing/person';

export interface Opened {
  channelId: string;
  /** A subscription after this cursor gets all later messages. */
  cursor: string;
}

/** A message as {@link ChatPerson.hears} selects it. */
export interface HeardMessage {
  seq: number;
  body: string;
  author: { displayName: string };
}

const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
const JOIN = 'mutation ($channelId: ID!) { joinChannel(channelId: $channelId) { id } }';
const ADDED = `subscription ($channelId: ID!, $after: String) {
  messageAdded(channelId: $channelId, after: $after) { seq body author { displayName } }
}`;

export class ChatPerson extends Person {
  /** Creates a channel with `members`, private unless given. @returns its id */
  async creates({
    name = 'a channel',
    type = 'PRIVATE',
    members = [],
  }: { name?: string; type?: 'PUBLIC' | 'PRIVATE'; members?: readonly Person[] } = {}): Promise<string> {
    const input = { name, type, memberIds: members.map(({ id }) => id) };
    return (await this.does<{ createChannel: { id: string } }>(CREATE, { input })).createChannel.id;
  }

  async joins(channelId: string): Promise<void> {
    await this.does(JOIN, { channelId });
  }

  /** Sends a message. @returns the fields in `select` */
  async sends(
    channelId: string,
    body: string,
    { select = 'id', ...more }: { select?: string; parentId?: string; clientMutationId?: string } = {},
  ): Promise<Data> {
    const send = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${select} } }`;
    return (await this.does(send, { input: { channelId, body, ...more } })).sendMessage;
  }

  /** Opens a public channel, says "hello" (number 1), and lets `others` join. */
  async opens(...others: ChatPerson[]): Promise<Opened> {
    const channelId = await this.creates({ name: 'general', type: 'PUBLIC' });
    for (const other of others) await other.joins(channelId);
    const { cursor } = await this.sends(channelId, 'hello', { select: 'cursor' });
    return { channelId, cursor };
  }

  /** The first `count` messages after `cursor`. @throws on an error in place of a message */
  async hears({ channelId, cursor }: Opened, count: number): Promise<HeardMessage[]> {
    const listening: Listening<{ messageAdded: HeardMessage }> = await this.follows(ADDED, {
      channelId,
      after: cursor,
    });
    const messages = await listening.take(count);
    await listening.end();
    return messages.map(({ messageAdded }) => messageAdded);
  }
}
