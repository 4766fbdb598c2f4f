/** A messaging subgraph for tests, and the people of its chat. */
import type { Subgraph } from '@chat/kit/graphql/subgraph';
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
