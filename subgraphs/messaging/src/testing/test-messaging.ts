/** A messaging subgraph for tests, and the people of its chat. */
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import type { Data } from '@chat/kit/testing/person';
import { startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import { messagingVariables, type MessagingConfig } from '../config';
import { createMessaging } from '../create-messaging';
import { ChatPerson } from './chat-person';

export type { Listening } from '@chat/kit/testing/person';
export type { ChatPerson as Person } from './chat-person';

export type TestMessaging = TestSubgraph<MessagingConfig, Subgraph, ChatPerson>;

/** @param env overrides variables of the process */
export const startTestMessaging = (env?: Record<string, string>): Promise<TestMessaging> =>
  startTestSubgraph('messaging', messagingVariables, createMessaging, env, ChatPerson);

/** {@link ChatPerson.creates} as a function. */
export const createChannel = (
  owner: ChatPerson,
  options?: { type?: 'PUBLIC' | 'PRIVATE'; members?: readonly ChatPerson[] },
): Promise<string> => owner.creates(options);

/** {@link ChatPerson.sends} as a function. */
export const send = (
  author: ChatPerson,
  channelId: string,
  body: string,
  more?: { select?: string; parentId?: string; clientMutationId?: string },
): Promise<Data> => author.sends(channelId, body, more);
