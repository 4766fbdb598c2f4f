/** Who sees a message sees its replies, which are in the same channel. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';

export const threadPolicy: Policy = { fields: { Message: withParent('replyCount', 'replies') }, references: {} };
