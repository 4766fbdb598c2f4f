/** Reports: messages that members bring before the moderators. */
import type { MessagingFeature } from '../feature';
import type { MessageService } from '../messages/message.service';
import type { ModerationService } from './moderation.service';
import { reportPolicy } from './report.policy';
import { ReportResolver } from './report.resolver';
import { ReportService } from './report.service';

export const reportFeature: MessagingFeature<{
  needs: { messages: MessageService; moderation: ModerationService };
  services: { reports: ReportService };
}> = {
  name: 'reports',
  resolvers: [ReportResolver],
  policy: reportPolicy,
  services: ({ eventLog, services: { messages, moderation } }) => ({
    reports: new ReportService(eventLog, messages, moderation),
  }),
};
