/** Rules for accounts: visible wherever their acts are visible. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';

export const userPolicy: Policy = { fields: { User: withParent('id') }, references: {} };
