/** Access to threads: replies are in the same channel as their parent and just as visible. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';

export const threadPolicy: Policy = { fields: { Message: withParent('replyCount', 'replies') }, references: {} };
