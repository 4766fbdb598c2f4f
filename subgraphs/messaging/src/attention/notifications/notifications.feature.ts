/** Muting the notifications of a channel. sql/send-messages.sql and mentions/mention.store.ts leave muted members out. */
import type { MessagingFeature } from '../../feature';
import { notificationsPolicy } from './notifications.policy';
import { NotificationsResolver } from './notifications.resolver';
import { NotificationsService } from './notifications.service';

export const notificationsFeature: MessagingFeature<{ services: { notifications: NotificationsService } }> = {
  name: 'notifications',
  resolvers: [NotificationsResolver],
  policy: notificationsPolicy,
  services: ({ eventLog }) => ({ notifications: new NotificationsService(eventLog) }),
};
