/** The rules of projects and tickets as pure functions of an account. project.policy.ts adds grants. No GraphQL, no SQL. */
import type { Viewer } from '@chat/kit/auth/viewer';

/** All accounts except guests read all projects. */
export const canRead = (viewer: Viewer | null): boolean =>
  viewer !== null && viewer.permissions.includes('READ') && viewer.roles.some((role) => role !== 'GUEST');

/** Readers may open tickets and comment, unless an API key or a role restricts them to reading. */
export const canWrite = (viewer: Viewer | null): boolean => canRead(viewer) && viewer!.permissions.includes('WRITE');

/** The creator and administrators change a project and its members. */
export const canManage = (viewer: Viewer | null, project: { createdBy: string }): boolean =>
  canWrite(viewer) && (viewer!.id === project.createdBy || viewer!.permissions.includes('MANAGE'));

/** Members of the project, the author and the assignee change a ticket. */
export const canChangeTicket = (
  viewer: Viewer | null,
  ticket: { authorId: string; assigneeId: string | null },
  memberIds: readonly string[],
): boolean =>
  canWrite(viewer) &&
  ([ticket.authorId, ticket.assigneeId, ...memberIds].includes(viewer!.id) || viewer!.permissions.includes('MANAGE'));
