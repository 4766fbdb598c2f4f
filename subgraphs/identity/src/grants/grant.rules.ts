/** Answers questions about grants that need no database. Knows neither GraphQL nor SQL. */
import type { Viewer } from '@chat/kit/auth/viewer';

/** Whether an API key, if there is one, has the scope MANAGE. */
export const managesWithScope = (viewer: Viewer | null): boolean => !viewer?.scope || viewer.scope.includes('MANAGE');
