/** The events that a plugin receives. An event arrives at least once; the events of a channel arrive in order. */

interface BaseEvent<Type extends string> {
  /** Equal if the event is delivered again. */
  id: string;
  type: Type;
  /** ISO 8601. */
  at: string;
}

export interface Person {
  id: string;
  displayName: string;
  isBot: boolean;
}

export interface Message {
  id: string;
  /** The number of the message in its channel. */
  seq: number;
  text: string;
  parent: { id: string } | null;
  /** Null if the account was deleted. */
  author: Person | null;
}

interface ChannelEvent<Type extends string> extends BaseEvent<Type> {
  channelId: string;
  channel: { id: string; name: string | null };
}

interface MessageEvent<Type extends string> extends ChannelEvent<Type> {
  messageId: string;
  message: Message;
}

interface TicketEvent<Type extends string> extends BaseEvent<Type> {
  projectId: string;
  ticket: { id: string; title: string; status: string; priority: string; labels: string[] };
  /** The names of the fields that changed. */
  fields: string[];
}

interface PageEvent<Type extends string> extends BaseEvent<Type> {
  page: { id: string; slug: string; title: string; locale: string; version: number; tags: string[] };
}

/** The argument of each event's function. */
export interface Events {
  messageAdded: MessageEvent<'messageAdded'>;
  messageEdited: MessageEvent<'messageEdited'>;
  messageDeleted: ChannelEvent<'messageDeleted'> & { messageId: string };
  reactionsChanged: MessageEvent<'reactionsChanged'>;
  membersChanged: ChannelEvent<'membersChanged'>;
  channelUpdated: ChannelEvent<'channelUpdated'>;
  ticketCreated: TicketEvent<'ticketCreated'>;
  ticketUpdated: TicketEvent<'ticketUpdated'>;
  ticketCommented: TicketEvent<'ticketCommented'>;
  fileReady: BaseEvent<'fileReady'> & { file: { id: string; name: string; mimeType: string; size: number } };
  pageCreated: PageEvent<'pageCreated'>;
  pageUpdated: PageEvent<'pageUpdated'>;
  gesturePerformed: BaseEvent<'gesturePerformed'> & {
    room: { id: string; name: string };
    user: Person;
    gesture: string;
    /** 0 to 1. */
    confidence: number;
  };
}

export type EventName = keyof Events;
