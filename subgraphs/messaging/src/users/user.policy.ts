/** Whoever may see what an account did may see which account it was. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';

export const userPolicy: Policy = { fields: { User: withParent('id') }, references: {} };
