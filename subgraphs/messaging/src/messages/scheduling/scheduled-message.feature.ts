/** Scheduled messages: a job sends them later for their author. */
import { daysAgo } from '@chat/kit/days-ago';
import type { AbsentAuthors } from '../../channels/absent-authors';
import type { MessagingFeature } from '../../feature';
import type { MessageSender } from '../message.sender';
import { scheduledMessagePolicy } from './scheduled-message.policy';
import { ScheduledMessageResolver } from './scheduled-message.resolver';
import { ScheduledMessageService, SEND_SCHEDULED } from './scheduled-message.service';

export const scheduledMessageFeature: MessagingFeature<{
  needs: { sender: MessageSender; absentAuthors: AbsentAuthors };
  services: { scheduledMessages: ScheduledMessageService };
}> = {
  name: 'scheduled-messages',
  resolvers: [ScheduledMessageResolver],
  policy: scheduledMessagePolicy,
  services: ({ fork, jobs, services: { sender, absentAuthors } }) => ({
    scheduledMessages: new ScheduledMessageService(jobs, sender, absentAuthors, fork),
  }),
  jobs: ({ services }) => ({ tasks: { [SEND_SCHEDULED]: services.scheduledMessages.send } }),
  removeExpired: ({ config, fork, services }) =>
    services.scheduledMessages.removeFailed(fork(), daysAgo(config.EVENT_RETENTION_DAYS)),
  accountRows: [{ table: 'scheduled_messages', column: 'author_id' }],
};
