/** A messaging subgraph of a test's own, and what people do there at the start of most tests. */
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { type Data, type Person, startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import { messagingVariables, type MessagingConfig } from '../config';
import { createMessaging } from '../create-messaging';

export type { Listening, Person } from '@chat/kit/testing/test-subgraph';

export type TestMessaging = TestSubgraph<MessagingConfig, Subgraph>;

/** `env` sets variables of the process otherwise than by default. */
export const startTestMessaging = (env?: Record<string, string>): Promise<TestMessaging> =>
  startTestSubgraph('messaging', messagingVariables, createMessaging, env);

/** A new channel of `owner`, with `members`. @returns its id. */
export async function createChannel(
  owner: Person,
  { type = 'PRIVATE', members = [] }: { type?: 'PUBLIC' | 'PRIVATE'; members?: Person[] } = {},
): Promise<string> {
  const input = { name: 'a channel', type, memberIds: members.map(({ id }) => id) };
  const data = await owner.does('mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }', {
    input,
  });
  return data.createChannel.id as string;
}

/** Sends a message. @returns what was selected. */
export async function send(
  author: Person,
  channelId: string,
  body: string,
  { select = 'id', ...more }: { select?: string; parentId?: string; clientMutationId?: string } = {},
): Promise<Data> {
  const data = await author.does(`mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${select} } }`, {
    input: { channelId, body, ...more },
  });
  return data.sendMessage;
}
