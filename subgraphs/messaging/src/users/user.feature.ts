/** Accounts as messaging names them; identity owns the type. */
import type { MessagingFeature } from '../feature';
import { userPolicy } from './user.policy';

export const userFeature: MessagingFeature = { name: 'users', policy: userPolicy };
