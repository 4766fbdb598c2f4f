/** Threads: the replies to a message. */
import type { MessagingFeature } from '../../feature';
import { threadPolicy } from './thread.policy';
import { ThreadResolver } from './thread.resolver';

export const threadFeature: MessagingFeature = { name: 'threads', resolvers: [ThreadResolver], policy: threadPolicy };
