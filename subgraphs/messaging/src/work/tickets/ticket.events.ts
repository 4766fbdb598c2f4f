/** The stream of a project's events: their names, and how its cursors are made and read. */
import { streamCursor, streamPosition } from '@chat/kit/graphql/cursor';

export const PROJECT_EVENTS = ['TicketCreated', 'TicketUpdated', 'TicketCommented'] as const;

export const projectStream = (projectId: string): string => `project:${projectId}`;

/** Where an event stands in its project's stream; for `after`. */
export const projectCursor = (projectId: string, seq: number): string => streamCursor(projectStream(projectId), seq);

/** @throws BAD_USER_INPUT where it is no cursor of this project's stream. */
export const projectPosition = (projectId: string, after: string | null | undefined): number | undefined =>
  streamPosition(projectStream(projectId), after);
