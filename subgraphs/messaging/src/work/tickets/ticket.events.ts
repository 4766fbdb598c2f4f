/** The stream of a project's events: their names, and how its cursors are made and read. */
import { streamPosition, type StreamPosition } from '@chat/kit/graphql/cursor';

export const PROJECT_EVENTS = ['TicketCreated', 'TicketUpdated', 'TicketCommented'] as const;

export const projectStream = (projectId: string): string => `project:${projectId}`;

/** @throws BAD_USER_INPUT if it is no cursor of this project's stream. */
export const projectPosition = (projectId: string, after: string | null | undefined): StreamPosition | undefined =>
  streamPosition(projectStream(projectId), after);
