/** The events that plugins receive, and the rows of other subgraphs behind each. */
import type { News } from '@chat/kit/events/event-followers';
import type { EventName } from '../bundles/manifest';

interface Source {
  schema: string;
  type: string;
  /** Whether a row is such an event; any row of the type by default. */
  isIt?: (event: News) => boolean;
}

const SOURCES: Record<EventName, Source> = {
  messageAdded: { schema: 'messaging', type: 'MessageAdded' },
  messageEdited: { schema: 'messaging', type: 'MessageEdited' },
  messageDeleted: { schema: 'messaging', type: 'MessageDeleted' },
  reactionsChanged: { schema: 'messaging', type: 'ReactionsChanged' },
  membersChanged: { schema: 'messaging', type: 'MembersChanged' },
  channelUpdated: { schema: 'messaging', type: 'ChannelUpdated' },
  ticketCreated: { schema: 'messaging', type: 'TicketCreated' },
  ticketUpdated: { schema: 'messaging', type: 'TicketUpdated' },
  ticketCommented: { schema: 'messaging', type: 'TicketCommented' },
  fileReady: { schema: 'files', type: 'FileStatusChanged', isIt: ({ payload }) => payload['status'] === 'READY' },
  pageCreated: { schema: 'knowledge', type: 'PageCreated' },
  pageUpdated: { schema: 'knowledge', type: 'PageUpdated' },
  gesturePerformed: { schema: 'rooms', type: 'GesturePerformed' },
};

/** Subgraphs that have events. */
export const SCHEMAS: readonly string[] = [...new Set(Object.values(SOURCES).map(({ schema }) => schema))];

/** Names of the rows' types in a subgraph that are needed for these events. */
export const typesOf = (schema: string, names: readonly string[]): string[] =>
  [
    ...new Set(
      names.flatMap((name) => (SOURCES[name as EventName]?.schema === schema ? [SOURCES[name as EventName].type] : [])),
    ),
  ].sort();

/** The event that a row is; undefined if it is none for plugins. */
export function nameOf(event: News): EventName | undefined {
  const [found] =
    Object.entries(SOURCES).find(
      ([, { schema, type, isIt }]) => schema === event.schema && type === event.type && (isIt?.(event) ?? true),
    ) ?? [];
  return found as EventName | undefined;
}
