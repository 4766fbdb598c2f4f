/** The events of an account's inbox. */
import type { Append } from '@chat/kit/events/event-log';
import { defineStream, payload, type EventsOf } from '@chat/kit/events/stream-kind';

export const inboxStream = defineStream(
  'inbox',
  {
    Mentioned: payload<{ channelId: string; messageId: string }>(),
    DirectMessageReceived: payload<{ channelId: string; messageId: string }>(),
    ChannelJoined: payload<{ channelId: string }>(),
    ChannelLeft: payload<{ channelId: string }>(),
    ChannelDeleted: payload<{ channelId: string }>(),
    NotificationsChanged: payload<{ channelId: string }>(),
    DraftChanged: payload<{ channelId: string }>(),
    UnreadChanged: payload<{ channelId: string }>(),
    /** `reason` is absent in events of early releases. */
    WebhookDisabled: payload<{ webhookId: string; reason?: string }>(),
  },
  { isPrivate: true },
);

/** Payload types by event type. Event types are also the names of the GraphQL types that show them. */
export type InboxEvents = EventsOf<typeof inboxStream>;

/** Notifies accounts. Call it while the channel's row is locked. */
export async function appendToInboxes<Type extends keyof InboxEvents>(
  append: Append,
  userIds: readonly string[],
  type: Type,
  about: InboxEvents[Type],
): Promise<void> {
  await append.toEach(
    userIds.map((userId) => inboxStream.of(userId)),
    type,
    about,
  );
}
