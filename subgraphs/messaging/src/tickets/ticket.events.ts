/** The stream of a project's events: their names, and how its cursors are made and read. */
import { badUserInput } from '@chat/kit/errors';
import { decodeCursor, encodeCursor } from '@chat/kit/graphql/cursor';

export const PROJECT_EVENTS = ['TicketCreated', 'TicketUpdated', 'TicketCommented'] as const;

export const projectStream = (projectId: string): string => `project:${projectId}`;

/** Where an event stands in its project's stream; for `after`. */
export const projectCursor = (projectId: string, seq: number): string => encodeCursor(projectStream(projectId), seq);

/** @throws BAD_USER_INPUT where it is no cursor of this project's stream. */
export function projectPosition(projectId: string, after: string | null | undefined): number | undefined {
  if (after == null) return undefined;
  const [seq] = decodeCursor(projectStream(projectId), after);
  if (typeof seq !== 'number' || seq < 0) throw badUserInput({ after: 'after is not a cursor of this project.' });
  return seq;
}
