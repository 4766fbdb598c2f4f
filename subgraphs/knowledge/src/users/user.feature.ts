/** Accounts as knowledge names them; identity owns the type. */
import type { KnowledgeFeature } from '../feature';
import { userPolicy } from './user.policy';

export const userFeature: KnowledgeFeature = { name: 'users', policy: userPolicy };
