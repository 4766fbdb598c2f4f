/** Who may what with projects and tickets, as plain questions about an account; grants come on top (project.policy.ts). Knows neither GraphQL nor SQL. */
import type { Viewer } from '@chat/kit/auth/viewer';

/** Every account but guests reads every project. */
export const canRead = (viewer: Viewer | null): boolean =>
  viewer !== null && viewer.permissions.includes('READ') && viewer.roles.some((role) => role !== 'GUEST');

/** Who reads also opens tickets and comments, unless an API key or role keeps them to reading. */
export const canWrite = (viewer: Viewer | null): boolean => canRead(viewer) && viewer!.permissions.includes('WRITE');

/** The creator and administrators change a project and who works on it. */
export const canManage = (viewer: Viewer | null, project: { createdBy: string }): boolean =>
  canWrite(viewer) && (viewer!.id === project.createdBy || viewer!.permissions.includes('MANAGE'));

/** Who works on the project, who opened the ticket and whose it is change it. */
export const canChangeTicket = (
  viewer: Viewer | null,
  ticket: { authorId: string; assigneeId: string | null },
  memberIds: readonly string[],
): boolean =>
  canWrite(viewer) &&
  ([ticket.authorId, ticket.assigneeId, ...memberIds].includes(viewer!.id) || viewer!.permissions.includes('MANAGE'));
