/** Rules about the viewer's roles, for the policies of all features. */
import { rule } from '@chat/kit/graphql/policy';
import { Role } from './role';

export const isAdministrator = rule('is an administrator', ({ viewer }) => viewer?.roles.includes(Role.ADMIN) ?? false);
